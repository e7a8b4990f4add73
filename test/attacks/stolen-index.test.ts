/*
 * The index is stolen whole, with database, blobs and every online key, and forges a release with real signatures. Real pip
 * is the control. A project that a ceremony has claimed is safe for whoever knows the fingerprint; the promise's limits are
shown as well: what nobody signs for, and who has never seen a recent claim.
 */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { generateEd25519, signMetadata, type Targets } from "@countermark/tuf";
import { countermark, countermarkServer } from "../harness/commands.ts";
import { makeWheel, writeDistributions } from "../harness/distributions/distributions.ts";
import { importFiles, initIndex, serve } from "../harness/index-server.ts";
import { hasModule, importing, installPlainly, installVerified, newPip, trust } from "../harness/installers.ts";
import { startMirror } from "../harness/mirror/mirror.ts";
import { stealAndForge, type Forgery } from "../harness/mirror/theft.ts";
import { openSandbox, type Settings } from "../harness/sandbox.ts";
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
cpSync(join(sandbox.folder, "home"), join(sandbox.folder, "remembered"), { recursive: true });

const forgeryOf = (name: string): Forgery => {
  return { name, version: "9.0", file: makeWheel({ name, version: "9.0", source: ATTACK }) };
};

async function steal(name: string): Promise<void> {
  mirror.attackWith(await stealAndForge(url, index, [forgeryOf(name)]));
}

/**
 * A returning installer as it was before any theft. Each theft begins at the same honest state, so that whoever saw one would
 * not look at the next.
 */
function remembering(name: string): Settings {
  const settings = sandbox.otherHome(name);
  cpSync(join(sandbox.folder, "remembered"), settings["HOME"] ?? assert.fail(), { recursive: true });
  return settings;
}

/** An installer that knows the fingerprint and nothing else. */
async function newcomer(name: string): Promise<Settings> {
  const settings = sandbox.otherHome(name);
  await trust(sandbox, mirror.url, index.fingerprint, { settings });
  return settings;
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
  const stolen = await stealAndForge(url, index, [forgeryOf("settled"), forgeryOf("unsigned")]);
  mirror.attackWith(stolen);
  const plain = await installPlainly(sandbox, newPip, mirror.url, ["settled"]);
  assert.equal(await importing(sandbox, plain.target, "settled"), "forged", "the control");
  for (const settings of [remembering("finds-none"), await newcomer("finds-none-either")]) {
    const { code, output, target } = await installVerified(sandbox, newPip, ["settled", "unsigned"], { settings });
    assert.equal(code, 0, output);
    assert.equal(await importing(sandbox, target, "unsigned"), "forged", "what it looked at is what was stolen");
    assert.equal(await importing(sandbox, target, "settled"), "genuine");
    const pinned = await installVerified(sandbox, newPip, ["settled==9.0"], { settings });
    assert.notEqual(pinned.code, 0, pinned.output);
    assert.match(pinned.output, /No matching distribution found for settled==9\.0/);
  }
});

test("the same put into the project's own list: plain pip takes it; the gate refuses a list that no releaser signed, with and without memory", async () => {
  const thief = generateEd25519().signer;
  const sign = (list: Targets): Promise<Uint8Array> => signMetadata(list, [thief]);
  mirror.attackWith(await stealAndForge(url, index, [{ ...forgeryOf("settled"), people: { sign } }]));
  const plain = await installPlainly(sandbox, newPip, mirror.url, ["settled"]);
  assert.equal(await importing(sandbox, plain.target, "settled"), "forged", "the control");
  for (const settings of [remembering("own-list"), await newcomer("own-list-new")]) {
    const { code, output, target } = await installVerified(sandbox, newPip, ["settled"], { settings });
    assert.notEqual(code, 0, output);
    assert.match(output, /^error\[METADATA_SIGNATURE\]: /m);
    assert.ok(!hasModule(target, "settled"));
  }
});

test("the limit: who has never seen a recent claim takes the forged release, and is told that it rests on the index alone", async () => {
  await steal("signed");
  const settings = await newcomer("newcomer");
  const { code, output, target } = await installVerified(sandbox, newPip, ["signed"], { settings });
  assert.equal(code, 0, output);
  assert.equal(await importing(sandbox, target, "signed"), "forged");
  assert.match(output, /left to the index alone: signed/);
});

test("the limit: a project that nobody signs for is forged for everybody, and the run says on whom it rests", async () => {
  await steal("unsigned");
  const settings = await newcomer("other");
  const { code, output, target } = await installVerified(sandbox, newPip, ["unsigned"], { settings });
  assert.equal(code, 0, output);
  assert.equal(await importing(sandbox, target, "unsigned"), "forged");
  assert.match(output, /left to the index alone: unsigned/);
});
