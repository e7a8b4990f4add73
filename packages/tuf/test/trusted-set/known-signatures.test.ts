import assert from "node:assert/strict";
import { test } from "node:test";
import {
  generateEd25519,
  makeRoot,
  makeSnapshot,
  makeTargets,
  makeTimestamp,
  signMetadata,
  TrustedSet,
} from "@countermark/tuf";

const NOW = Date.UTC(2026, 0, 1);
const LATER = Date.UTC(2027, 0, 1);
const { signer } = generateEd25519();
const { signer: stranger } = generateEd25519();
const role = { keyIds: [signer.publicKey.keyId], threshold: 1 };

async function setThatLists(targetsVersion: number): Promise<TrustedSet> {
  const roles = { root: role, timestamp: role, snapshot: role, targets: role };
  const root = makeRoot({ version: 1, expires: LATER, keys: [signer.publicKey], roles });
  const set = TrustedSet.open(await signMetadata(root, [signer]), NOW);
  const timestamp = makeTimestamp({ version: 1, expires: LATER, snapshot: { version: 1 } });
  set.updateTimestamp(await signMetadata(timestamp, [signer]));
  const meta = new Map([["targets", { version: targetsVersion }]]);
  set.updateSnapshot(await signMetadata(makeSnapshot({ version: 1, expires: LATER, meta }), [signer]));
  return set;
}

test("signatures that are known from before are not checked again; without that word they are", async () => {
  const set = await setThatLists(1);
  const bytes = await signMetadata(makeTargets({ version: 1, expires: LATER }), [stranger]);
  assert.throws(() => set.updateTargets(bytes), { code: "TUF_SIGNATURE" });
  assert.equal(set.updateTargets(bytes, { signaturesKnown: true }).signed.version, 1);
});

test("known signatures excuse neither expiry nor a version that snapshot does not list", async () => {
  const expired = await signMetadata(makeTargets({ version: 1, expires: NOW }), [signer]);
  const other = await signMetadata(makeTargets({ version: 2, expires: LATER }), [signer]);
  const set = await setThatLists(1);
  assert.throws(() => set.updateTargets(expired, { signaturesKnown: true }), { code: "TUF_EXPIRED" });
  assert.throws(() => set.updateTargets(other, { signaturesKnown: true }), { code: "TUF_VERSION" });
});

test("of an own root and timestamp too, whose expiry is judged all the same", async () => {
  const roles = { root: role, timestamp: role, snapshot: role, targets: role };
  const root = makeRoot({ version: 1, expires: LATER, keys: [signer.publicKey], roles });
  const [right, forged] = [await signMetadata(root, [signer]), await signMetadata(root, [stranger])];
  assert.throws(() => TrustedSet.open(forged, NOW), { code: "TUF_SIGNATURE" });
  assert.equal(TrustedSet.open(forged, NOW, { signaturesKnown: true }).root.signed.version, 1);
  const timestamp = (expires: number) => makeTimestamp({ version: 1, expires, snapshot: { version: 1 } });
  const [unsigned, late] = [
    await signMetadata(timestamp(LATER), [stranger]),
    await signMetadata(timestamp(NOW), [signer]),
  ];
  const set = TrustedSet.open(right, NOW);
  assert.throws(() => set.updateTimestamp(unsigned), { code: "TUF_SIGNATURE" });
  assert.throws(() => set.updateTimestamp(late, { signaturesKnown: true }), { code: "TUF_EXPIRED" });
  assert.equal(TrustedSet.open(right, NOW).updateTimestamp(unsigned, { signaturesKnown: true }).signed.version, 1);
});
