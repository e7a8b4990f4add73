import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { makeTargetFile, makeTargets, readTargets, verifySignatures, type Targets } from "@countermark/tuf";
import { SecretBytes } from "@countermark/identity";
import { TwoKeyIdentity } from "../../src/identity/two-keys.ts";
import { ed25519KeyObject, seedHandle } from "../../src/keys/key-handle.ts";
import { cheapIdentity, code, context, PHRASE, sha256 } from "../support/identities.ts";

function release(version: number): Targets {
  const file = makeTargetFile({ length: 1, sha256: sha256("a") });
  return makeTargets({ version, expires: Date.UTC(2035, 0), targets: new Map([["abcd/p/p-1.tar.gz", file]]) });
}

test("an identity has no door for bytes: these members and no others", async () => {
  using identity = await cheapIdentity();
  const own = [...Object.keys(identity), ...Object.getOwnPropertyNames(Object.getPrototypeOf(identity))];
  assert.deepEqual(own.sort(), ["close", "constructor", "kind", "publicKeys", "signRole", "signStatement"]);
  assert.deepEqual(Object.keys(identity.publicKeys), ["release", "login"]);
});

test("signs a role with the release key; a second person adds a signature to the very same role", async () => {
  using alice = await cheapIdentity("alice");
  using bob = await cheapIdentity("bob");
  const role = release(2);
  const first = readTargets(await alice.signRole(role));
  const both = readTargets(await bob.signRole(first.signed, first));
  const keys = new Map([alice, bob].map(({ publicKeys }) => [publicKeys.release.keyId, publicKeys.release]));
  verifySignatures(both, keys, { keyIds: [...keys.keys()], threshold: 2, unknown: new Map() }, "r.p");
  assert.deepEqual(both.message, first.message);
});

test("what was shown is what is signed: a file that says something else is refused", async () => {
  using alice = await cheapIdentity("alice");
  using bob = await cheapIdentity("bob");
  const swapped = readTargets(await alice.signRole(release(3)));
  await assert.rejects(bob.signRole(release(2), swapped), code("IDENTITY_SCOPE", /not the role/));
});

test("closed, it signs nothing more; closing twice is nothing", async () => {
  const identity = await cheapIdentity();
  identity.close();
  identity.close();
  await assert.rejects(identity.signRole(release(1)), code("IDENTITY_CLOSED"));
  await assert.rejects(identity.signStatement("login", context(), {}), code("IDENTITY_CLOSED"));
  assert.ok(identity.publicKeys.release.keyId.length === 64);
});

test("`using` closes it", async () => {
  let kept;
  {
    using identity = await cheapIdentity();
    kept = identity;
  }
  await assert.rejects(kept.signRole(release(1)), code("IDENTITY_CLOSED"));
});

test("one key is never both", () => {
  using seed = SecretBytes.random(32);
  assert.throws(
    () => new TwoKeyIdentity("device", seedHandle(seed), seedHandle(seed)),
    code("IDENTITY_KEY", /one key/),
  );
});

test("neither print, inspection nor JSON shows a secret of an open identity", async () => {
  using identity = await cheapIdentity();
  using seed = SecretBytes.random(32);
  const key = ed25519KeyObject(seed);
  const shown = [
    inspect(identity, { depth: 20, showHidden: true, getters: true }),
    JSON.stringify(identity),
    `${String(seed)} ${JSON.stringify({ seed })} ${inspect({ seed }, { showHidden: true })}`,
    inspect(key, { showHidden: true }),
  ].join();
  for (const word of PHRASE.split(" ")) assert.ok(!shown.includes(word));
  assert.ok(!shown.includes(seed.use((bytes) => bytes.toString("hex"))));
  assert.match(shown, /\[secret\].*\[secret\].*\[secret\]/);
});

test("a holder that returns a wrong signature is found out before the signature leaves", async () => {
  using one = SecretBytes.random(32);
  using two = SecretBytes.random(32);
  const liar = { ...seedHandle(one), sign: () => new Uint8Array(64) };
  using identity = new TwoKeyIdentity("ssh-agent", seedHandle(two), liar);
  await assert.rejects(identity.signStatement("login", context(), {}), code("IDENTITY_PROOF", /does not verify/));
});
