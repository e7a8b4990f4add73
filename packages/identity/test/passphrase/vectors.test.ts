import assert from "node:assert/strict";
import { test } from "node:test";
import { openPassphraseIdentity, type Passphrase } from "@countermark/identity";
import { ed25519PublicKey } from "@countermark/tuf";
import { derivationSalt } from "../../src/passphrase/derive.ts";
import { ARGON2ID_256M, KSF_CEILING, KSF_FLOOR, KSFS, ksfOf } from "../../src/passphrase/ksf.ts";
import { hex, utf8 } from "../support/identities.ts";
import known from "./vectors.json" with { type: "json" };

const { repository, account, generation } = known;

test("the salt is the vector's", () => {
  assert.equal(hex(derivationSalt({ repository, account, generation }, ARGON2ID_256M)), known.salt);
});

for (const { form, typed, release, login } of known.vectors) {
  test(`the keys of a passphrase (${form}) are the vector's, at full price`, async () => {
    const passphrase: Passphrase = { form: form === "phrase" ? "phrase" : "own", bytes: utf8(typed) };
    using identity = await openPassphraseIdentity(passphrase, { repository, account, generation });
    assert.equal(identity.publicKeys.release.identity, ed25519PublicKey(Buffer.from(release, "hex")).identity);
    assert.equal(identity.publicKeys.login.identity, ed25519PublicKey(Buffer.from(login, "hex")).identity);
  });
}

test("every function of the table is between floor and ceiling, and none is below the price of TRUST.md 6", () => {
  for (const { id, memoryKib, passes, lanes } of KSFS) {
    assert.ok(memoryKib >= KSF_FLOOR.memoryKib && memoryKib <= KSF_CEILING.memoryKib);
    assert.ok(passes >= KSF_FLOOR.passes && passes <= KSF_CEILING.passes);
    assert.equal(lanes, KSF_CEILING.lanes);
    assert.equal(ksfOf(id)?.id, id);
  }
  assert.deepEqual(KSF_FLOOR, { memoryKib: 262_144, passes: 3 });
  assert.equal(new Set(KSFS.map(({ id }) => id)).size, KSFS.length);
  assert.equal(ksfOf(255), undefined);
});
