/*
 * The index is stolen with every online key, and shows new installers what stock TUF clients fall for: python-tuf is the
 * control of each attack. What a new installer without a floor cannot see is shown as well: it is the promise's limit.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  claimFloorFields,
  encodeReleaseFile,
  isOfflineRole,
  projectRole,
  releaseRole,
  shardOf,
  shardRole,
  targetPath,
  type ReleaseFile,
} from "@countermark/repository";
import { generateEd25519, jsonObject, makeDelegations, type FileMeta } from "@countermark/tuf";
import { openFixtureIndex, type FixtureIndex } from "../../packages/client/test/fixture/fixture-index.ts";
import { countermark } from "../harness/commands.ts";
import { makeWheel } from "../harness/distributions/distributions.ts";
import { hasModule, installVerified, newPip } from "../harness/installers.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";
import { download, newTufClient, pythonTuf, runTufClient } from "../harness/tuf-clients.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);

const PROJECT = "alphapkg";
const good = makeWheel({ name: PROJECT, version: "1.0" });
const forged = makeWheel({ name: PROJECT, version: "9.0" });
const forgedPath = targetPath(PROJECT, forged.filename);
const alice = generateEd25519().signer;
const mallory = generateEd25519().signer;

interface Stolen extends AsyncDisposable {
  readonly index: FixtureIndex;
  readonly goodFile: ReleaseFile;
  readonly forgedFile: ReleaseFile;
  readonly shard: string;
}

/** An index on which Alice's project was claimed at the second ceremony, and a forged wheel that nobody lists yet. */
async function claimedIndex(): Promise<Stolen> {
  const index = await openFixtureIndex();
  const { repository } = index;
  const goodFile = index.hold(PROJECT, good.filename, good.bytes);
  const forgedFile = index.hold(PROJECT, forged.filename, forged.bytes);
  repository.claim(PROJECT, alice, [goodFile]);
  repository.holdCeremony();
  await repository.publish();
  const shard = shardOf(repository.sharding, PROJECT);
  return { index, goodFile, forgedFile, shard, [Symbol.asyncDispose]: () => index[Symbol.asyncDispose]() };
}

const url = (index: FixtureIndex): string => index.url.replace(/\/$/, "");

/** Whether a new python-tuf downloads the forged wheel. */
async function foolsPythonTuf(index: FixtureIndex): Promise<boolean> {
  const folder = await newTufClient(sandbox, pythonTuf, url(index));
  const [found] = await download(sandbox, pythonTuf, folder, url(index), [forgedPath]);
  return found?.found === true;
}

let installers = 0;

/** What a new installer gets that knows the fingerprint, and perhaps a floor line. */
async function newInstaller(
  index: FixtureIndex,
  floor?: string,
): Promise<{ code: number | null | undefined; output: string; fooled: boolean }> {
  installers += 1;
  const settings = { COUNTERMARK_HOME: `${sandbox.folder}/installer-${installers}` };
  const args = floor === undefined ? [] : ["--floor", floor];
  const trusted = await sandbox.run(countermark, ["trust", index.url, "--root", index.fingerprint, ...args], {
    settings,
  });
  if (trusted.code !== 0) return { code: trusted.code, output: trusted.output, fooled: false };
  const { code, output, target } = await installVerified(sandbox, newPip, [PROJECT], { settings });
  return {
    code,
    output,
    fooled: code === 0 && hasModule(target, PROJECT) && output.includes("alphapkg-9.0"),
  };
}

async function floorOf(index: FixtureIndex): Promise<string> {
  installers += 1;
  const settings = { COUNTERMARK_HOME: `${sandbox.folder}/installer-${installers}` };
  await sandbox.run(countermark, ["trust", index.url, "--root", index.fingerprint], { settings });
  const { stdout, code, output } = await sandbox.run(countermark, ["floor"], { settings });
  assert.equal(code, 0, output);
  return stdout.trim();
}

const listed = (meta: Map<string, FileMeta>, name: string, version: number): Map<string, FileMeta> =>
  meta.set(name, { version, unknown: new Map() });

test("before any attack the claimed project is installed, and the forged wheel is not to be found", async () => {
  await using stolen = await claimedIndex();
  const { index } = stolen;
  assert.equal(await foolsPythonTuf(index), false);
  const { code, output } = await newInstaller(index);
  assert.equal(code, 0, output);
  assert.match(output, /1 of 1 files claimed or sealed/);
});

test("claimed.<hex> of before the claim is refused, with and without a floor; python-tuf takes the forged wheel", async () => {
  await using stolen = await claimedIndex();
  const { index, forgedFile, shard } = stolen;
  const floor = await floorOf(index);
  index.repository.listUnclaimed(PROJECT, [forgedFile]);
  await index.repository.publish({ meta: (meta) => listed(meta, shardRole("claimed", shard), 1) });
  assert.equal(await foolsPythonTuf(index), true);
  for (const line of [undefined, floor]) {
    const { code, output, fooled } = await newInstaller(index, line);
    assert.deepEqual([code, fooled], [1, false], output);
    assert.match(output, /METADATA_ROLLBACK/);
  }
});

test("all offline roles of an older ceremony are refused with a floor; without one they are the promise's limit", async () => {
  await using stolen = await claimedIndex();
  const { index, forgedFile } = stolen;
  const floor = await floorOf(index);
  index.repository.listUnclaimed(PROJECT, [forgedFile]);
  await index.repository.publish({
    meta: (meta) => {
      for (const name of meta.keys()) if (isOfflineRole(name)) listed(meta, name, 1);
      return meta;
    },
  });
  assert.equal(await foolsPythonTuf(index), true);
  const protectedOne = await newInstaller(index, floor);
  assert.deepEqual([protectedOne.code, protectedOne.fooled], [1, false], protectedOne.output);
  assert.match(protectedOne.output, /METADATA_ROLLBACK/);
  assert.equal((await newInstaller(index)).fooled, true);
});

test("p. of before a releaser was removed is refused by the floor in claimed.<hex>; python-tuf takes the forged wheel", async () => {
  await using stolen = await claimedIndex();
  const { index, goodFile, forgedFile, shard } = stolen;
  const { repository } = index;
  const [p, r] = [projectRole(PROJECT), releaseRole(PROJECT)];
  const releasedBy = (...signers: readonly (typeof alice)[]) => {
    const one = repository.role(p).delegations?.roles.get(r) ?? assert.fail();
    const keys = signers.map(({ publicKey }) => publicKey);
    const role = { ...one, paths: one.paths ?? [], keyIds: keys.map(({ keyId }) => keyId) };
    return { delegations: makeDelegations({ keys, roles: [role] }) };
  };
  repository.change(p, releasedBy(alice, mallory));
  await repository.publish();
  repository.change(p, releasedBy(alice));
  repository.change(shardRole("claimed", shard), {
    unknown: new Map([
      ...repository.role(shardRole("claimed", shard)).unknown,
      ...claimFloorFields(new Map([[PROJECT, { p: 3, r: 1 }]])),
    ]),
  });
  await repository.publish();
  assert.equal((await newInstaller(index)).code, 0);
  // Mallory, once a releaser, has stolen the index.
  repository.signers.set(r, [mallory]);
  const { targets } = releaseOf(goodFile, forgedFile);
  repository.change(r, { targets });
  await repository.publish({ meta: (meta) => listed(meta, p, 2) });
  assert.equal(await foolsPythonTuf(index), true);
  const { code, output, fooled } = await newInstaller(index);
  assert.deepEqual([code, fooled], [1, false], output);
  assert.match(output, /METADATA_ROLLBACK.*p\.alphapkg/);
});

test("an owner who lists a file in p. itself, past the release threshold, is refused; python-tuf takes it", async () => {
  await using stolen = await claimedIndex();
  const { index, forgedFile } = stolen;
  index.repository.change(projectRole(PROJECT), releaseOf(forgedFile));
  await index.repository.publish();
  assert.equal(await foolsPythonTuf(index), true);
  const { code, output, fooled } = await newInstaller(index);
  assert.deepEqual([code, fooled], [1, false], output);
  assert.match(output, /METADATA_SHAPE/);
});

test("two machines of one person do not meet a threshold of two; python-tuf counts keys", async () => {
  await using stolen = await claimedIndex();
  const { index, forgedFile } = stolen;
  const { repository } = index;
  const [p, r] = [projectRole(PROJECT), releaseRole(PROJECT)];
  const [laptop, desktop, bob] = [alice, mallory, generateEd25519().signer];
  const keys = [laptop, desktop, bob].map(({ publicKey }) => publicKey);
  const one = repository.role(p).delegations?.roles.get(r) ?? assert.fail();
  const role = { ...one, paths: one.paths ?? [], keyIds: keys.map(({ keyId }) => keyId), threshold: 2 };
  const persons = {
    [laptop.publicKey.keyId]: "alice",
    [desktop.publicKey.keyId]: "alice",
    [bob.publicKey.keyId]: "bob",
  };
  repository.change(p, {
    delegations: makeDelegations({ keys, roles: [role] }),
    unknown: jsonObject({ "x-countermark-persons": persons }),
  });
  repository.signers.set(r, [laptop, bob]);
  repository.change(r, {});
  await repository.publish();
  assert.equal((await newInstaller(index)).code, 0);
  repository.signers.set(r, [laptop, desktop]);
  repository.change(r, releaseOf(forgedFile));
  await repository.publish();
  assert.equal(await foolsPythonTuf(index), true);
  const { code, output, fooled } = await newInstaller(index);
  assert.deepEqual([code, fooled], [1, false], output);
  assert.match(output, /METADATA_SIGNATURE.*1 of the 2 persons/);
});

test("a shard that claimed does not delegate to is refused; python-tuf looks past it and takes the forged wheel", async () => {
  await using stolen = await claimedIndex();
  const { index, forgedFile, shard } = stolen;
  const { repository } = index;
  const { delegations } = repository.role("claimed");
  assert.ok(delegations);
  const roles = new Map([...delegations.roles].filter(([name]) => name !== shardRole("claimed", shard)));
  repository.change("claimed", { delegations: { ...delegations, roles } });
  repository.listUnclaimed(PROJECT, [forgedFile]);
  await repository.publish();
  assert.equal(await foolsPythonTuf(index), true);
  const { code, output, fooled } = await newInstaller(index);
  assert.deepEqual([code, fooled], [1, false], output);
  assert.match(output, /METADATA_SHAPE/);
});

test("a shard's name that leaves snapshot stops everybody: nobody takes it for an unclaimed project", async () => {
  await using stolen = await claimedIndex();
  const { index, forgedFile, shard } = stolen;
  index.repository.listUnclaimed(PROJECT, [forgedFile]);
  await index.repository.publish({
    meta: (meta) => {
      meta.delete(shardRole("claimed", shard));
      return meta;
    },
  });
  const folder = await newTufClient(sandbox, pythonTuf, url(index));
  assert.notEqual((await runTufClient(sandbox, pythonTuf, folder, url(index), [forgedPath])).code, 0);
  const { code, output, fooled } = await newInstaller(index);
  assert.deepEqual([code, fooled], [1, false], output);
});

function releaseOf(...files: readonly ReleaseFile[]) {
  return { targets: new Map(files.map((file) => encodeReleaseFile(PROJECT, file))) };
}
