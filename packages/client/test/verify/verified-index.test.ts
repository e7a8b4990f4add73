import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  encodeReleaseFile,
  statusContent,
  NO_WITHDRAWALS,
  projectRole,
  releaseRole,
  shardOf,
  shardRole,
  targetUrl,
  type StatusShard,
} from "@countermark/repository";
import { generateEd25519, makeTargetFile, type FileMeta } from "@countermark/tuf";
import { makeWheel } from "../../../../test/harness/distributions/distributions.ts";
import { ClientError } from "../../src/errors.ts";
import { ContentCache } from "../../src/verify/cache/content-cache.ts";
import { MAX_DISTRIBUTION_BYTES, MAX_TARGETS_BYTES } from "../../src/verify/fetch/limits.ts";
import { Unwritten } from "../../src/verify/state/unwritten.ts";
import { RoleLoader, type LoaderPorts } from "../../src/verify/role-loader.ts";
import { openFixtureIndex, type FixtureIndex } from "../fixture/fixture-index.ts";
import { makeVisitor, refused } from "../fixture/visitor.ts";

const ALPHA = { name: "alphapkg", version: "1.0" };

function withdraw({ repository }: FixtureIndex, project: string, status: Partial<StatusShard>): void {
  const name = shardRole("status", shardOf(repository.sharding, project));
  const { unknown } = statusContent({ ...NO_WITHDRAWALS, ...status });
  repository.change(name, { unknown });
}

/** Snapshot as the layout has it: of developers' roles it lists no hash. */
function withoutDeveloperHashes(meta: Map<string, FileMeta>): Map<string, FileMeta> {
  for (const [name, { version, length = 0, unknown }] of meta) {
    if (name.startsWith("p.") || name.startsWith("r.")) meta.set(name, { version, length, unknown });
  }
  return meta;
}

async function bytesOf(open: { handle: { readFile(): Promise<Buffer>; close(): Promise<void> } }): Promise<Buffer> {
  const bytes = await open.handle.readFile();
  await open.handle.close();
  return bytes;
}

function cachedFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  );
}

test("a file is listed, fetched and verified; the second time nothing is fetched but the timestamp", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const file = await index.release(ALPHA);
  const session = await visitor.visit();
  const found = (await session.find("alphapkg", file.filename)) ?? assert.fail();
  assert.equal(found.listing.protection, "unclaimed");
  assert.deepEqual(await bytesOf(await session.open(found)), Buffer.from(makeWheel(ALPHA).bytes));
  assert.match(Buffer.from((await session.coreMetadata(found)) ?? []).toString(), /^Metadata-Version/);

  session.flush();
  index.requests.length = 0;
  const again = await visitor.visit();
  const same = (await again.find("alphapkg", file.filename)) ?? assert.fail();
  await bytesOf(await again.open(same));
  await again.coreMetadata(same);
  assert.deepEqual(index.requests.toSorted(), ["tuf/2.root.json", "tuf/timestamp.json"], "in whatever order");
});

test("a project or file that is not there is verified to be absent, not refused", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  await index.release(ALPHA);
  const session = await visitor.visit();
  assert.equal(await session.project("other"), undefined);
  assert.equal(await session.find("alphapkg", "alphapkg-9.9-py3-none-any.whl"), undefined);
});

test("a session stays with its snapshot while the index goes on", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  await index.release(ALPHA);
  const session = await visitor.visit();
  await index.release({ ...ALPHA, version: "2.0" });
  const { files = [] } = (await session.project("alphapkg")) ?? {};
  assert.deepEqual(
    files.map(({ filename }) => filename),
    ["alphapkg-1.0-py3-none-any.whl"],
  );
});

for (const [what, forge] of [
  ["forged", (bytes: Uint8Array) => Buffer.alloc(bytes.length, "x")],
  ["cut short", (bytes: Uint8Array) => bytes.subarray(1)],
] as const) {
  test(`a file that was ${what} on its way is refused, and asked for again the next time`, async () => {
    await using index = await openFixtureIndex();
    await using visitor = await makeVisitor(index);
    const file = await index.release(ALPHA);
    const path = targetUrl("alphapkg", file.sha256, file.filename);
    const right = index.blobs.get(path) ?? assert.fail();
    index.blobs.set(path, forge(right));
    const session = await visitor.visit();
    const found = (await session.find("alphapkg", file.filename)) ?? assert.fail();
    await refused(session.open(found), "FILE_MISMATCH", /not the file that was signed/);
    index.blobs.set(path, right);
    assert.equal((await bytesOf(await session.open(found))).length, file.length);
  });
}

test("installers that ask for one file at once wait for one download", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const file = await index.release(ALPHA);
  const session = await visitor.visit();
  const found = (await session.find("alphapkg", file.filename)) ?? assert.fail();
  const opened = await Promise.all([1, 2, 3, 4].map(() => session.open(found)));
  for (const open of opened) assert.equal((await bytesOf(open)).length, file.length);
  assert.equal(index.requests.filter((path) => path.endsWith(file.filename)).length, 1);
});

test("a file longer than it was signed for is refused before its end is read", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const file = await index.release(ALPHA);
  index.blobs.set(targetUrl("alphapkg", file.sha256, file.filename), Buffer.alloc(file.length + 1));
  const session = await visitor.visit();
  const found = (await session.find("alphapkg", file.filename)) ?? assert.fail();
  await refused(session.open(found), "INDEX_OVERSIZED", /larger than/);
});

test("METADATA beside a wheel must be the one that was signed", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const file = await index.release(ALPHA);
  for (const path of index.blobs.keys()) if (path.endsWith(".metadata")) index.blobs.set(path, Buffer.from("Name: x"));
  const session = await visitor.visit();
  const found = (await session.find("alphapkg", file.filename)) ?? assert.fail();
  await refused(session.coreMetadata(found), "FILE_MISMATCH", /\.metadata is not the file that was signed/);
});

test("a wheel whose own METADATA is not the one signed beside it is refused: uv would resolve with the one and install the other", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const file = await index.release(ALPHA);
  index.repository.listUnclaimed("alphapkg", [{ ...file, coreMetadata: "0".repeat(64) }]);
  await index.repository.publish();
  const session = await visitor.visit();
  const found = (await session.find("alphapkg", file.filename)) ?? assert.fail();
  await refused(session.open(found), "FILE_METADATA", /METADATA inside .* is not the one that was signed/);
});

test("a file that is signed to be a wheel and is none is refused", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const file = await index.release(ALPHA);
  const bytes = Buffer.from("no zip");
  const { createHash } = await import("node:crypto");
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  index.blobs.set(targetUrl("alphapkg", sha256, file.filename), bytes);
  index.repository.listUnclaimed("alphapkg", [{ ...file, sha256, length: bytes.length }]);
  await index.repository.publish();
  const session = await visitor.visit();
  const found = (await session.find("alphapkg", file.filename)) ?? assert.fail();
  await refused(session.open(found), "FILE_METADATA", /cannot be compared/);
});

test("a role that lists more than it may refuses the project, not the next role instead", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const { signer: owner } = generateEd25519();
  const file = index.hold("alphapkg", makeWheel(ALPHA).filename, makeWheel(ALPHA).bytes);
  index.repository.listUnclaimed("alphapkg", [file]);
  index.repository.claim("alphapkg", owner, [file]);
  // An owner who lists a file in `p.` itself undoes the releasers' threshold: stock clients accept it.
  index.repository.change(projectRole("alphapkg"), { targets: new Map([encodeReleaseFile("alphapkg", file)]) });
  await index.repository.publish();
  const session = await visitor.visit();
  await refused(session.project("alphapkg"), "METADATA_SHAPE", /p\.alphapkg lists files, which it must not/);
  await refused(session.project("alphapkg"), "METADATA_SHAPE", /p\.alphapkg/);
});

test("a refused shape is not remembered as good", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const { repository } = index;
  const bin = shardRole("unclaimed", shardOf(repository.sharding, "alphapkg"));
  const targets = new Map([["0000/alphapkg/x-1.0.tar.gz", makeTargetFile({ length: 1, sha256: "0".repeat(64) })]]);
  repository.change(bin, { targets });
  await repository.publish();
  for (let visit = 0; visit < 2; visit += 1) {
    const session = await visitor.visit();
    await refused(session.project("alphapkg"), "METADATA_SHAPE", new RegExp(bin.replace(".", "\\.")));
  }
});

test("a claimed project comes from its releasers alone", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const { signer: owner } = generateEd25519();
  const file = index.hold("alphapkg", makeWheel(ALPHA).filename, makeWheel(ALPHA).bytes);
  index.repository.claim("alphapkg", owner, [file]);
  await index.repository.publish({ meta: withoutDeveloperHashes });
  const session = await visitor.visit();
  const found = (await session.find("alphapkg", file.filename)) ?? assert.fail();
  assert.equal(found.listing.protection, "claimed");
  assert.deepEqual(found.listing.chain.slice(-2), [projectRole("alphapkg"), releaseRole("alphapkg")]);
  session.flush();
  index.requests.length = 0;
  await (await visitor.visit()).project("alphapkg");
  assert.ok(!index.requests.some((path) => /[pr]\.alphapkg/.test(path)), "roles without a hash are known by version");
});

test("a releaser's key that the operator withdrew counts for nothing", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const { signer: owner } = generateEd25519();
  const file = index.hold("alphapkg", makeWheel(ALPHA).filename, makeWheel(ALPHA).bytes);
  index.repository.claim("alphapkg", owner, [file]);
  withdraw(index, "alphapkg", { keys: new Map([[owner.publicKey.identity, "stolen"]]) });
  await index.repository.publish();
  const session = await visitor.visit();
  await refused(session.project("alphapkg"), "WITHDRAWN", /p\.alphapkg rests on a key that the .* withdrew: stolen$/);
});

test("what the operator withdrew or put in quarantine is refused with the reason", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const file = await index.release(ALPHA);
  withdraw(index, "alphapkg", { states: new Map([["alphapkg", { status: "quarantined", reason: "malware" }]]) });
  await index.repository.publish();
  await refused((await visitor.visit()).project("alphapkg"), "WITHDRAWN", /quarantined .*malware/);
  withdraw(index, "alphapkg", { files: new Map([[file.sha256, "broken"]]) });
  await index.repository.publish();
  const session = await visitor.visit();
  assert.deepEqual((await session.project("alphapkg"))?.files, []);
  await refused(session.find("alphapkg", file.filename), "WITHDRAWN", /was withdrawn by the index's operator: broken/);
});

test("an index that hides its status refuses: what it hides may be a withdrawal", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  await index.release(ALPHA);
  const name = shardRole("status", shardOf(index.repository.sharding, "alphapkg"));
  index.repository.files.delete(`1.${name}.json`);
  const session = await visitor.visit();
  await refused(session.project("alphapkg"), "INDEX_INCOMPLETE", /status/);
});

test("a repository of a newer layout asks for an update of the client", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const { unknown } = index.repository.role("targets");
  index.repository.change("targets", { unknown: new Map([...unknown, ["x-countermark-layout", 2]]) });
  await index.repository.publish();
  await refused(visitor.visit(), "LAYOUT_NEWER", /layout 2/);
});

test("a role that expired since it was last verified is refused, though its signatures are known", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  await index.release(ALPHA);
  const bin = shardRole("unclaimed", shardOf(index.repository.sharding, "alphapkg"));
  index.repository.change(bin, { expires: visitor.now + 1000 });
  await index.repository.publish();
  const session = await visitor.visit();
  await session.project("alphapkg");
  session.flush();
  visitor.now += 1000;
  await refused((await visitor.visit()).project("alphapkg"), "METADATA_EXPIRED", new RegExp(bin.replace(".", "\\.")));
});

test("a cache that was forged, emptied or swapped costs a fetch and nothing else", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const file = await index.release(ALPHA);
  const fill = async () => {
    const session = await visitor.visit();
    const found = (await session.find("alphapkg", file.filename)) ?? assert.fail();
    const bytes = await bytesOf(await session.open(found));
    assert.deepEqual(bytes, Buffer.from(makeWheel(ALPHA).bytes));
    session.flush();
    await new Promise((resolve) => setImmediate(resolve));
  };
  await fill();
  for (const path of cachedFiles(visitor.cacheFolder)) writeFileSync(path, "forged");
  await fill();
  const [first = "", second = ""] = cachedFiles(visitor.cacheFolder);
  const bytes = readFileSync(first);
  writeFileSync(first, readFileSync(second));
  writeFileSync(second, bytes);
  await fill();
  rmSync(visitor.cacheFolder, { recursive: true });
  await fill();
});

test("an announced length is no leave to fill this machine: roles and distributions have their own limits", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const file = await index.release(ALPHA);
  const huge = { ...file, length: MAX_DISTRIBUTION_BYTES + 1 };
  index.repository.listUnclaimed("alphapkg", [huge]);
  await index.repository.publish();
  const session = await visitor.visit();
  const found = (await session.find("alphapkg", file.filename)) ?? assert.fail();
  index.requests.length = 0;
  await refused(session.open(found), "INDEX_OVERSIZED", /^alphapkg-1\.0-py3-none-any\.whl has 8589934593 bytes/);
  assert.deepEqual(index.requests, []);

  await index.repository.publish({
    meta: (meta) => meta.set("claimed", { ...(meta.get("claimed") ?? assert.fail()), length: 2 ** 40 }),
  });
  const { set } = await visitor.visit();
  const asked = new Map<string, number>();
  const source: LoaderPorts["source"] = {
    async bytes(path, limits) {
      asked.set(path, limits.maxBytes);
      return await visitor.ports.source.bytes(path, limits);
    },
  };
  const empty = new ContentCache(join(visitor.cacheFolder, "empty"));
  const loader = new RoleLoader(set, {
    ...{ ...visitor.ports, source, cache: empty, repositoryId: index.fingerprint },
    unwritten: new Unwritten(index.fingerprint, visitor.ports.store),
  });
  await loader.load("targets", "root");
  await loader.load("claimed", "targets").catch(() => undefined);
  await empty.settled();
  assert.equal(asked.get("tuf/1.claimed.json"), MAX_TARGETS_BYTES);
});

test("what a file was handed out under is on the disk before its first byte is", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const file = await index.release(ALPHA);
  const session = await visitor.visit();
  const found = (await session.find("alphapkg", file.filename)) ?? assert.fail();
  await bytesOf(await session.open(found));
  const { store } = visitor.ports;
  assert.equal(store.project(index.fingerprint, "alphapkg")?.protection, "unclaimed");
  assert.deepEqual([...store.handedOut(index.fingerprint, "alphapkg")], [[file.filename, file.sha256]]);
  assert.equal(store.floor(index.fingerprint, "claimed"), 1);
});

test("what could not be written is not given out, and is written the next time", async (t) => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const file = await index.release(ALPHA);
  const session = await visitor.visit();
  const found = (await session.find("alphapkg", file.filename)) ?? assert.fail();
  const { store } = visitor.ports;
  const full = t.mock.method(store, "remember", () => {
    throw new ClientError("DISK_FULL", "no space is left");
  });
  await refused(session.open(found), "DISK_FULL", /no space/);
  full.mock.restore();
  session.flush();
  assert.equal(store.project(index.fingerprint, "alphapkg")?.protection, "unclaimed");
  assert.equal(store.floor(index.fingerprint, "claimed"), 1);
});

test("a session that outlives its metadata refuses, whichever role ends first; other projects' roles matter not", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const { repository } = index;
  const start = visitor.now;
  const HOUR = 60 * 60 * 1000;
  await index.release({ name: "betapkg", version: "1.0" });
  const file = await index.release(ALPHA);
  const own = shardRole("status", shardOf(repository.sharding, "alphapkg"));
  assert.notEqual(shardOf(repository.sharding, "betapkg"), shardOf(repository.sharding, "alphapkg"));
  for (const role of [own, "targets", "sealed"]) {
    visitor.now = start;
    const { expires } = repository.role(role);
    repository.change(role, { expires: start + HOUR });
    await repository.publish();
    const session = await visitor.visit();
    const others = await session.project("betapkg");
    assert.notEqual(await session.find("alphapkg", file.filename), undefined);
    visitor.now = start + HOUR;
    await refused(session.project("alphapkg"), "METADATA_EXPIRED", new RegExp(`^${role} expired at`));
    await refused(session.find("alphapkg", file.filename), "METADATA_EXPIRED", /expired/);
    if (role === own) assert.equal(await session.project("betapkg"), others);
    repository.change(role, { expires });
  }
  visitor.now = start;
  await repository.publish();
  const session = await visitor.visit();
  assert.ok(await session.project("alphapkg"));
  visitor.now = session.freshUntil;
  await refused(session.project("alphapkg"), "METADATA_EXPIRED", /^timestamp expired at/);
});
