import assert from "node:assert/strict";
import { test } from "node:test";
import {
  delegationsFor,
  generateEd25519,
  makeDelegations,
  makeRoot,
  makeSnapshot,
  makeTargetFile,
  makeTargets,
  makeTimestamp,
  readTargets,
  signMetadata,
  toJson,
  TrustedSet,
} from "@countermark/tuf";

const now = Date.UTC(2026, 0, 1);
const expires = Date.UTC(2027, 0, 1);

test("a repository of all roles is signed, read and trusted", async () => {
  const { signer } = generateEd25519();
  const role = { keyIds: [signer.publicKey.keyId], threshold: 1 };
  const root = makeRoot({
    version: 1,
    expires,
    keys: [signer.publicKey],
    roles: { root: role, timestamp: role, snapshot: role, targets: role },
  });
  const delegated = makeTargets({
    version: 3,
    expires,
    targets: new Map([["ab/x/f", makeTargetFile({ length: 5, sha256: "0".repeat(64) })]]),
  });
  const targets = makeTargets({
    version: 2,
    expires,
    delegations: makeDelegations({
      keys: [signer.publicKey],
      roles: [{ name: "p.x", ...role, terminating: true, paths: ["ab/x/*"] }],
    }),
  });
  const meta = new Map([
    ["targets", { version: 2 }],
    ["p.x", { version: 3 }],
  ]);
  const set = TrustedSet.open(await signMetadata(root, [signer]), now);
  set.updateTimestamp(await signMetadata(makeTimestamp({ version: 1, expires, snapshot: { version: 4 } }), [signer]));
  set.updateSnapshot(await signMetadata(makeSnapshot({ version: 4, expires, meta }), [signer]));
  const top = set.updateTargets(await signMetadata(targets, [signer]));
  assert.ok(top.canonical);
  const [edge] = delegationsFor(top.signed.delegations ?? assert.fail(), "ab/x/f");
  assert.equal(edge?.name, "p.x");
  const file = await signMetadata(delegated, [signer]);
  assert.deepEqual(toJson(set.updateDelegated(file, "p.x", "targets").signed), toJson(readTargets(file).signed));
  assert.equal(set.role("targets", "p.x")?.signed.targets.get("ab/x/f")?.length, 5);
});
