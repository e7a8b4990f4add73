// A new root turns its keys: holders of old and new keys sign one after the other, each on their own machine.
import { addSignatures, generateEd25519, makeRoot, signMetadata, TrustedSet } from "@countermark/tuf";

const now = Date.now();
const expires = now + 365 * 24 * 60 * 60 * 1000;
const holders = [generateEd25519(), generateEd25519(), generateEd25519()].map(({ signer }) => signer);
const [ada, bob, eve] = holders as [(typeof holders)[0], (typeof holders)[0], (typeof holders)[0]];

function root(version: number, ...signers: typeof holders) {
  const keys = signers.map(({ publicKey }) => publicKey);
  const role = { keyIds: keys.map(({ keyId }) => keyId), threshold: 2 };
  return makeRoot({ version, expires, keys, roles: { root: role, targets: role, snapshot: role, timestamp: role } });
}

const first = await signMetadata(root(1, ada, bob), [ada, bob]);

// Version 2 is to be signed by bob and eve, and it must be signed by ada and bob as well.
const draft = await signMetadata(root(2, bob, eve), [ada]);
const withBob = await addSignatures(draft, [bob]);
const second = await addSignatures(withBob, [eve]);

const set = TrustedSet.open(first, now);
for (const [what, file] of Object.entries({ draft, withBob, second })) {
  try {
    console.log(`${what}: root ${set.updateRoot(file).signed.version} is trusted`);
  } catch (error) {
    console.log(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
