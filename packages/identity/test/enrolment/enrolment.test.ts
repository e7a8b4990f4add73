import assert from "node:assert/strict";
import { test } from "node:test";
import { ed25519PublicKey, jsonObject } from "@countermark/tuf";
import { ownKeys, proveEnrolment, verifyEnrolment, type Enrolment } from "@countermark/identity";
import { cheapIdentity, code, context, sha256 } from "../support/identities.ts";

test("possession of both keys is proven to one index, once", async () => {
  using identity = await cheapIdentity();
  const bound = context();
  const keys = verifyEnrolment(bound, await proveEnrolment(identity, bound));
  assert.deepEqual(ownKeys(keys), ownKeys(identity.publicKeys));
});

test("a proof for another nonce, account, index or repository proves nothing", async () => {
  using identity = await cheapIdentity();
  const bound = context();
  const enrolment = await proveEnrolment(identity, bound);
  for (const change of [
    { nonce: sha256("other") },
    { account: "bob" },
    { peer: "https://evil.example/" },
    { repository: sha256("other") },
  ]) {
    assert.throws(() => verifyEnrolment({ ...bound, ...change }, enrolment), code("IDENTITY_PROOF"));
  }
});

test("nobody enrols a key they do not hold: another's release key, another's login key, another's proofs", async () => {
  using mallory = await cheapIdentity("mallory");
  using alice = await cheapIdentity("alice");
  const bound = context();
  const own = await proveEnrolment(mallory, bound);
  const hers = await proveEnrolment(alice, bound);
  const attempts: [Partial<Enrolment>, RegExp][] = [
    [{ release: hers.release }, /release key is not proven/],
    [{ release: hers.release, releaseProof: hers.releaseProof }, /release key is not proven/],
    [{ login: hers.login }, /release key is not proven/],
    [{ login: hers.login, loginProof: hers.loginProof }, /release key is not proven/],
    [{ releaseProof: own.loginProof }, /release key is not proven/],
    [{ loginProof: own.releaseProof }, /login key is not proven/],
    [{ loginProof: hers.loginProof }, /login key is not proven/],
    [{ loginProof: new Uint8Array() }, /login key is not proven/],
  ];
  for (const [change, message] of attempts) {
    assert.throws(() => verifyEnrolment(bound, { ...own, ...change }), code("IDENTITY_PROOF", message));
  }
});

test("one key as both is refused", async () => {
  using identity = await cheapIdentity();
  const bound = context();
  const enrolment = await proveEnrolment(identity, bound);
  assert.throws(
    () => verifyEnrolment(bound, { ...enrolment, release: enrolment.login }),
    code("IDENTITY_KEY", /one key/),
  );
});

test("under a key of small order, under which anything may verify, nothing is enrolled", async () => {
  using identity = await cheapIdentity();
  const bound = context();
  const enrolment = await proveEnrolment(identity, bound);
  const weak = jsonObject({ keytype: "ed25519", scheme: "ed25519", keyval: { public: "01".padEnd(64, "0") } });
  for (const change of [{ release: weak }, { login: weak }]) {
    assert.throws(() => verifyEnrolment(bound, { ...enrolment, ...change }), code("IDENTITY_KEY", /small order/));
  }
  assert.throws(() => ed25519PublicKey(Buffer.from("01".padEnd(64, "0"), "hex")));
});
