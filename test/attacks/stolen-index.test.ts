/*
 * The index is stolen whole, with database, blobs and every online key, and forges a release with real signatures. Real pip
 * is the control; the promise's limits are shown as well: what nobody signs for, and who has never seen a recent claim.
 */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { countermark } from "../harness/commands.ts";
import { makeWheel, writeDistributions } from "../harness/distributions/distributions.ts";
import { importFiles, initIndex, serve } from "../harness/index-server.ts";
import { importing, installPlainly, installVerified, newPip, trust } from "../harness/installers.ts";
import { startMirror } from "../harness/mirror/mirror.ts";
import { stealAndForge } from "../harness/mirror/theft.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const index = await initIndex(sandbox);
await importFiles(sandbox, index, [makeWheel({ name: "unsigned", version: "1.0", source: 'print("genuine")\n' })]);
const { url } = await serve(sandbox, index);
const mirror = await startMirror(scope, url);
const ATTACK = 'print("forged")\n';

const developer = sandbox.otherHome("developer");
const key = join(sandbox.folder, "developer.pem");
const { privateKey } = generateKeyPairSync("ed25519");
writeFileSync(key, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
await trust(sandbox, url, index.fingerprint, { settings: developer });
for (const args of [
  ["login", `${url}/`, "--account", "developer", "--key", key],
  [
    "publish",
    "--yes",
    writeDistributions(join(sandbox.folder, "dist"), [
      makeWheel({ name: "signed", version: "1.0", source: 'print("genuine")\n' }),
    ]) + "/signed-1.0-py3-none-any.whl",
  ],
]) {
  const ending = await sandbox.run(countermark, args, { settings: developer });
  assert.equal(ending.code, 0, ending.output);
}
// A returning installer: it has seen who signs.
await trust(sandbox, mirror.url, index.fingerprint);
const before = await installVerified(sandbox, newPip, ["signed", "unsigned"]);
assert.equal(before.code, 0, before.output);

async function steal(name: string): Promise<void> {
  const forged = makeWheel({ name, version: "9.0", source: ATTACK });
  mirror.attackWith(await stealAndForge(url, index, [{ name, version: "9.0", file: forged }]));
}

test("a forged release of a project that its developer signs: plain pip takes it, the gate refuses and says why", async () => {
  await steal("signed");
  const plain = await installPlainly(sandbox, newPip, mirror.url, ["signed"]);
  assert.equal(await importing(sandbox, plain.target, "signed"), "forged", "the control");
  const { code, output } = await installVerified(sandbox, newPip, ["signed"]);
  assert.notEqual(code, 0, output);
  assert.match(output, /error\[CONTINUITY\]: signed/);
});

test("the limit: who has never seen a recent claim takes the forged release, and is told that it rests on the index alone", async () => {
  const settings = sandbox.otherHome("newcomer");
  await trust(sandbox, mirror.url, index.fingerprint, { settings });
  const { code, output, target } = await installVerified(sandbox, newPip, ["signed"], { settings });
  assert.equal(code, 0, output);
  assert.equal(await importing(sandbox, target, "signed"), "forged");
  assert.match(output, /left to the index alone: signed/);
});

test("the limit: a project that nobody signs for is forged for everybody, and the run says on whom it rests", async () => {
  const settings = sandbox.otherHome("other");
  await steal("unsigned");
  await trust(sandbox, mirror.url, index.fingerprint, { settings });
  const { code, output, target } = await installVerified(sandbox, newPip, ["unsigned"], { settings });
  assert.equal(code, 0, output);
  assert.equal(await importing(sandbox, target, "unsigned"), "forged");
  assert.match(output, /left to the index alone: unsigned/);
});
