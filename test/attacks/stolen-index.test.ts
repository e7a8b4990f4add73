/*
 * The index is stolen whole, with database, blobs and every online key, and forges a release with real signatures. Real pip
 * is the control. A project that a ceremony has claimed is safe for whoever knows the fingerprint; the promise's limits are
shown as well: what nobody signs for, and who has never seen a recent claim.
 */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { countermark, countermarkServer } from "../harness/commands.ts";
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
const releases = ["signed", "settled"].map((name) => {
  const file = makeWheel({ name, version: "1.0", source: 'print("genuine")\n' });
  return join(writeDistributions(join(sandbox.folder, name), [file]), file.filename);
});
await mustDo(countermark, ["login", `${url}/`, "--account", "developer", "--key", key]);
for (const file of releases) await mustDo(countermark, ["publish", "--yes", file]);
await holdCeremony("settled");

async function mustDo(command: typeof countermark, args: readonly string[]): Promise<void> {
  const ending = await sandbox.run(command, args, { settings: developer });
  assert.equal(ending.code, 0, ending.output);
}

/** One claim becomes one for good, on its holders' word; the other stays a recent one. */
async function holdCeremony(project: string): Promise<void> {
  const [bundle, signatures] = [join(sandbox.folder, "bundle.json"), join(sandbox.folder, "holder.signatures")];
  await mustDo(countermarkServer, ["propose", "--data", index.data, "--out", bundle]);
  const word = ["--override", `${project}=its developer is known to us`];
  await mustDo(countermark, ["ceremony", "sign", bundle, "--keys", index.keys, "--out", signatures, ...word]);
  await mustDo(countermarkServer, ["apply", "--data", index.data, "--bundle", bundle, signatures]);
}

// A returning installer: it has seen who signs.
await trust(sandbox, mirror.url, index.fingerprint);
const before = await installVerified(sandbox, newPip, ["signed", "settled", "unsigned"]);
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
  assert.match(output, /^error\[CONTINUITY\]: signed was claimed by its owners and no longer is$/m);
});

test("a forged release of a project that a ceremony has claimed: plain pip takes it; the gate finds none, with and without memory", async () => {
  await steal("settled");
  const plain = await installPlainly(sandbox, newPip, mirror.url, ["settled"]);
  assert.equal(await importing(sandbox, plain.target, "settled"), "forged", "the control");
  const newcomer = sandbox.otherHome("fingerprint-only");
  await trust(sandbox, mirror.url, index.fingerprint, { settings: newcomer });
  for (const options of [{}, { settings: newcomer }]) {
    const { code, output, target } = await installVerified(sandbox, newPip, ["settled"], options);
    assert.equal(code, 0, output);
    assert.equal(await importing(sandbox, target, "settled"), "genuine");
  }
  const pinned = await installVerified(sandbox, newPip, ["settled==9.0"], { settings: newcomer });
  assert.notEqual(pinned.code, 0, pinned.output);
  assert.match(pinned.output, /No matching distribution found for settled==9\.0/);
});

test("the limit: who has never seen a recent claim takes the forged release, and is told that it rests on the index alone", async () => {
  await steal("signed");
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
