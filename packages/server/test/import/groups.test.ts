import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Worker } from "node:worker_threads";
import { makeSharding, shardOf } from "@countermark/repository";
import { makeWheel, sha256, writeDistributions } from "../../../../test/harness/distributions/distributions.ts";
import { scopeOf } from "../../../../test/harness/scope.ts";
import { temporaryFolder } from "../../../../test/harness/temporary-folder.ts";
import { IntakeThread } from "../../src/import/intake-threads.ts";
import { inPublishingOrder } from "../../src/import/order.ts";
import { takeInGroup } from "../../src/import/take-in-group.ts";
import { BlobGroup } from "../../src/storage/local/blob-group.ts";
import { LocalBlobs } from "../../src/storage/local/blobs.ts";
import { NOW, SHARDS } from "../fixtures.ts";
import { importInto, testIndex } from "../serving.ts";

const wheels = (count: number) =>
  Array.from({ length: count }, (_, number) =>
    makeWheel({ name: `project-${Math.floor(number / 3)}`, version: `${number % 3}.0` }),
  );

/** Files that are neither in a group nor in the store: what a process leaves when it is killed. */
function leftOver(blobs: string): readonly string[] {
  const staging = join(blobs, "staging");
  return readdirSync(staging).flatMap((owner) => readdirSync(join(staging, owner)));
}

// A few are synced one by one, many with the whole file system.
for (const count of [2, 60]) {
  test(`${count} blobs of a group: none is in the store before they are kept, all are after it`, async (t) => {
    const folder = join(temporaryFolder(scopeOf(t)), "blobs");
    const store = new LocalBlobs(folder);
    const contents = Array.from({ length: count }, (_, number) => Buffer.from(`content ${number}`));
    const group = new BlobGroup(folder, count);
    for (const bytes of [...contents, ...contents]) group.add(bytes, sha256(bytes));
    for (const bytes of contents) assert.equal(await store.size(sha256(bytes)), undefined);
    group.keep();
    for (const bytes of contents) assert.deepEqual(await store.read(sha256(bytes)), bytes);
    group.discard();
    const again = new BlobGroup(folder, count);
    for (const bytes of contents) again.add(bytes, sha256(bytes));
    assert.deepEqual(leftOver(folder), [], "what is there already is not written again");
    again.keep();
    for (const bytes of contents) assert.deepEqual(await store.read(sha256(bytes)), bytes);
  });
}

test("a group that cannot be kept says why and leaves nothing half-written; one given up leaves nothing at all", (t) => {
  const folder = join(temporaryFolder(scopeOf(t)), "blobs");
  const bytes = Buffer.from("content");
  mkdirSync(join(folder, sha256(bytes).slice(0, 2), sha256(bytes), "a folder in its way"), { recursive: true });
  const group = new BlobGroup(folder, 2);
  for (const each of [bytes, Buffer.from("other")]) group.add(each, sha256(each));
  assert.throws(() => group.keep(), { code: "IO", message: /^cannot store a file/ });
  group.discard();
  assert.deepEqual(leftOver(folder), []);
});

test("each file of a group is taken for what it is, whatever the others are", async (t) => {
  const folder = temporaryFolder(scopeOf(t));
  const [blobs, from] = [join(folder, "blobs"), join(folder, "from")];
  const good = makeWheel({ name: "good", version: "1.0" });
  const large = makeWheel({ name: "large", version: "1.0", extra: [["body.bin", Buffer.alloc(4096)]] });
  mkdirSync(from);
  writeDistributions(from, [good, large]);
  writeFileSync(join(from, "cut-1.0-py3-none-any.whl"), good.bytes.subarray(0, 100));
  writeFileSync(join(from, "other-1.0-py3-none-any.whl"), good.bytes);
  execFileSync("mkfifo", [join(from, "pipe-1.0-py3-none-any.whl")]);
  symlinkSync(join(from, good.filename), join(from, "link-1.0-py3-none-any.whl"));
  mkdirSync(join(from, "folder-1.0-py3-none-any.whl"));
  const names = [...readdirSync(from), "absent-1.0-py3-none-any.whl"].sort();
  const group = { files: names.map((filename) => ({ filename, path: join(from, filename) })), now: NOW };
  const findings = takeInGroup({ blobs, shards: SHARDS }, group, new Uint8Array(good.bytes.byteLength + 1));
  const outcomes = findings.map((finding) => (finding.outcome === "refused" ? finding.refusal.code : finding.outcome));
  assert.deepEqual(Object.fromEntries(names.map((name, position) => [name.split("-")[0], outcomes[position]])), {
    absent: "FILE_UNREADABLE",
    cut: "ZIP_FORMAT",
    folder: "FILE_UNREADABLE",
    good: "new",
    large: "large",
    link: "FILE_UNREADABLE",
    other: "WHEEL_LAYOUT",
    pipe: "FILE_UNREADABLE",
  });
  const store = new LocalBlobs(blobs);
  assert.deepEqual(await store.read(sha256(good.bytes)), good.bytes);
  assert.equal(await store.size(sha256(large.bytes)), undefined);
  assert.deepEqual(leftOver(blobs), []);
});

test("a folder of many files comes in by threads as it does one by one: the same rows, told of one by one", async (t) => {
  const files = wheels(100);
  const [few, many] = [await testIndex(t), await testIndex(t)];
  for (const part of [files.slice(0, 50), files.slice(50)]) await few.import(part);
  const from = join(many.folder, "from");
  mkdirSync(from);
  writeDistributions(from, files);
  const big = makeWheel({ name: "big", version: "1.0", extra: [["body.bin", Buffer.alloc(9 * 1024 * 1024)]] });
  const { size } = { size: big.bytes.byteLength };
  assert.ok(size > 8 * 1024 * 1024, "too small to be copied piece by piece");
  writeDistributions(from, [big]);
  writeFileSync(join(from, "no-name.whl"), "");
  writeFileSync(join(from, "bad-1.0-py3-none-any.whl"), "no archive");
  const importing = () => importInto(many.index, from, () => many.clock.now);
  const tally = (outcomes: Awaited<ReturnType<typeof importing>>) =>
    outcomes.map((one) => `${one.file} ${one.outcome === "refused" ? one.code : one.outcome}`).sort();
  const told = (word: string) => [...[...files, big].map(({ filename }) => `${filename} ${word}`), ...REFUSED].sort();
  assert.deepEqual(tally(await importing()), told("published"));
  const row = ({ id: _, publishedIn, ...rest }: { id: number; publishedIn: number | undefined }) => ({
    ...rest,
    isPublished: publishedIn !== undefined,
  });
  for (const { filename } of files) {
    const project = filename.slice(0, filename.indexOf("-")).replace("_", "-");
    const [one, other] = [
      await few.index.store.file(project, filename),
      await many.index.store.file(project, filename),
    ];
    assert.ok(one !== undefined && other !== undefined, filename);
    assert.deepEqual(row(other), row(one));
  }
  for (const { bytes } of [...files, big]) assert.equal(await many.index.blobs.size(sha256(bytes)), bytes.byteLength);
  rmSync(join(many.index.paths.blobs, sha256(big.bytes).slice(0, 2), sha256(big.bytes)));
  assert.deepEqual(tally(await importing()), told("known"));
  assert.equal(await many.index.blobs.size(sha256(big.bytes)), big.bytes.byteLength, "what was lost is brought back");
});

const REFUSED = ["bad-1.0-py3-none-any.whl ZIP_FORMAT", "no-name.whl FILENAME"];

test("files are taken in shard by shard, so that a publication signs few of them", () => {
  const sharding = makeSharding(SHARDS);
  const candidates = wheels(90).map(({ filename }) => ({ shown: filename, filename, read: () => assert.fail() }));
  const ordered = inPublishingOrder([{ ...candidates[0], filename: "x" } as never, ...candidates], sharding);
  assert.equal(ordered.length, 91);
  const shards = ordered.slice(1).map(({ filename }) => {
    return shardOf(sharding, filename.slice(0, filename.indexOf("-")).replace("_", "-"));
  });
  assert.deepEqual(shards, shards.toSorted());
  assert.ok(new Set(shards).size > 3, "all of one shard");
});

test("a thread that dies ends the import with a code and nothing half-done, and running it again goes on", async (t) => {
  const { index, data, clock, ...on } = await testIndex(t);
  const from = join(on.folder, "many");
  writeDistributions(from, wheels(300));
  const dying = (worker: Worker): void => {
    void worker.terminate();
  };
  process.on("worker", dying);
  on.scope.after(() => process.off("worker", dying));
  await assert.rejects(
    importInto(index, from, () => clock.now),
    { code: "THREAD_ENDED" },
  );
  process.off("worker", dying);
  assert.deepEqual(await index.store.counts(), { projects: 0, files: 0, accepted: 0 });
  const outcomes = await importInto(index, from, () => clock.now);
  assert.ok(outcomes.every(({ outcome }) => outcome === "published"));
  assert.equal(outcomes.length, 300);
  assert.deepEqual(leftOver(join(data, "blobs")), []);
});

test("a thread that has died between two groups is told of, not waited for", async (t) => {
  const scope = scopeOf(t);
  const started = once(process, "worker") as Promise<[Worker]>;
  const thread = new IntakeThread({ blobs: join(temporaryFolder(scope), "blobs"), shards: SHARDS });
  scope.after(() => thread.close());
  const group = { files: [], now: NOW };
  assert.deepEqual(await thread.takeIn(group), []);
  await (await started)[0].terminate();
  await assert.rejects(thread.takeIn(group), { code: "THREAD_ENDED" });
});

test("groups wait in a thread for their turn: each is answered for itself, and all are told when it dies", async (t) => {
  const scope = scopeOf(t);
  const folder = temporaryFolder(scope);
  const started = once(process, "worker") as Promise<[Worker]>;
  const thread = new IntakeThread({ blobs: join(folder, "blobs"), shards: SHARDS });
  scope.after(() => thread.close());
  const all = wheels(6);
  writeDistributions(folder, all);
  const groups = [all.slice(0, 3), all.slice(3, 4), [], all.slice(4)].map((files) => ({
    files: files.map(({ filename }) => ({ filename, path: join(folder, filename) })),
    now: NOW,
  }));
  const answers = await Promise.all(groups.map((group) => thread.takeIn(group)));
  const names = (findings: Awaited<ReturnType<typeof thread.takeIn>>) =>
    findings.map((one) => (one.outcome === "new" ? one.file.filename : one.outcome));
  assert.deepEqual(
    answers.map(names),
    groups.map(({ files }) => files.map(({ filename }) => filename)),
  );
  const waiting = groups.map((group) => thread.takeIn(group));
  const ended = Promise.allSettled(waiting);
  await (await started)[0].terminate();
  // Groups may have been answered before it died, but only the first ones, and none waits for ever.
  const told = (await ended).map(({ status }) => status);
  assert.deepEqual(told, told.toSorted());
  await assert.rejects(thread.takeIn({ files: [], now: NOW }), { code: "THREAD_ENDED" });
});
