import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addedByAlone,
  changeProject,
  composeProjectRole,
  composeReleaseRole,
  soleProject,
  type ReleaseFile,
} from "@countermark/repository";
import { generateEd25519, readTargets, signMetadata, type Signer } from "@countermark/tuf";

const [ada, bob] = [generateEd25519().signer, generateEd25519().signer];
const term = { version: 1, expires: Date.parse("2031-01-01T00:00:00Z") };
const draft = changeProject(soleProject("flask", ada.publicKey), { addReleasers: [{ key: bob.publicKey }] });

async function release(versions: readonly string[], signers: readonly Signer[]) {
  const files = new Map(
    versions.map((version): [string, ReleaseFile] => {
      const filename = `flask-${version}.tar.gz`;
      return [filename, { filename, sha256: "ab".repeat(32), length: 1, uploadTime: 0 }];
    }),
  );
  const r = readTargets(await signMetadata(composeReleaseRole("flask", files, term), signers));
  return { p: composeProjectRole(draft, term), r };
}

test("entries that only the removed releaser's lists brought in are told of; countersigned ones are not", async () => {
  const history = [
    await release(["1.0"], [ada]),
    await release(["1.0", "1.1"], [bob]),
    await release(["1.0", "1.1", "1.2"], [ada, bob]),
    await release(["1.0", "1.1", "1.2", "1.3"], [bob]),
    await release(["1.0", "1.1", "1.2"], [ada]),
  ];
  assert.deepEqual(addedByAlone("flask", history, new Set([bob.publicKey.identity])), ["flask-1.1.tar.gz"]);
  assert.deepEqual(addedByAlone("flask", history, new Set([ada.publicKey.identity])), ["flask-1.0.tar.gz"]);
});
