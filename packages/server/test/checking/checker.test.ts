import assert from "node:assert/strict";
import { once } from "node:events";
import { openSync, closeSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { makeSdist, makeWheel, type Distribution } from "../../../../test/harness/distributions/distributions.ts";
import { scopeOf, type Scope } from "../../../../test/harness/scope.ts";
import { temporaryFolder } from "../../../../test/harness/temporary-folder.ts";
import { Checker, MAX_THREADS } from "../../src/checking/checker.ts";
import { descriptorReader } from "../../src/storage/local/descriptor-reader.ts";
import type { BlobReader } from "../../src/storage/blob-store.ts";

/** Opens a wheel of the project `a`, and has it checked by whomever. */
function wheelFor(scope: Scope): (checker: Checker) => ReturnType<Checker["check"]> {
  const { filename, bytes } = makeWheel({ name: "a", version: "1.0" });
  const path = join(temporaryFolder(scope), "wheel");
  writeFileSync(path, bytes);
  const descriptor = openSync(path, "r");
  scope.after(() => {
    closeSync(descriptor);
  });
  return (checker) => checker.check(filename, descriptorReader(descriptor, bytes.length));
}

test("a thread says of files what they are, and what is wrong with them", async (t) => {
  const scope = scopeOf(t);
  const folder = temporaryFolder(scope);
  const checker = new Checker();
  scope.after(() => checker.close());
  let opened = 0;
  const reader = ({ bytes }: Pick<Distribution, "bytes">): BlobReader => {
    const path = join(folder, String((opened += 1)));
    writeFileSync(path, bytes);
    const descriptor = openSync(path, "r");
    scope.after(() => {
      closeSync(descriptor);
    });
    return descriptorReader(descriptor, bytes.length);
  };
  const files = [makeWheel({ name: "a", version: "1.0" }), makeSdist({ name: "b", version: "2!1.0" })];
  const found = await Promise.all(
    Array.from({ length: 4 * MAX_THREADS }, async (_, at) => {
      const file = files[at % files.length] ?? assert.fail();
      return checker.check(file.filename, reader(file));
    }),
  );
  assert.deepEqual(
    new Set(found.map(({ project, version }) => `${project} ${version}`)),
    new Set(["a 1.0", "b 2!1.0"]),
  );
  assert.deepEqual(found[1]?.metadata.parsedVersion.epoch, 2n, "what crosses the threads is whole");
  assert.ok(found[0]?.metadata.fields.get("name")?.includes("a"));
  const [wheel = assert.fail()] = files;
  const cut = { bytes: wheel.bytes.subarray(0, -5) };
  await assert.rejects(checker.check(wheel.filename, reader(cut)), { name: "PackagingError", code: "ZIP_FORMAT" });
  const renamed = "a-3.0-py3-none-any.whl";
  await assert.rejects(checker.check(renamed, reader(wheel)), { name: "PackagingError" });
  await assert.rejects(checker.check("a.txt", reader(wheel)), { code: "FILENAME" });
  assert.equal((await checker.check(wheel.filename, reader(wheel))).project, "a", "and it goes on after refusals");
});

test("the thread that answers goes on meanwhile; a closed checker leaves nobody waiting", async (t) => {
  const scope = scopeOf(t);
  const path = join(temporaryFolder(scope), "large");
  const large = makeWheel({ name: "large", version: "1.0", extra: [["zeros", Buffer.alloc(40 * 1024 * 1024)]] });
  writeFileSync(path, large.bytes);
  const descriptor = openSync(path, "r");
  const checker = new Checker();
  const state = { settled: false };
  const checking = checker.check(large.filename, descriptorReader(descriptor, large.bytes.length)).finally(() => {
    state.settled = true;
  });
  let turns = 0;
  while (!state.settled && turns < 1000) {
    await turn();
    turns += 1;
  }
  assert.equal(turns, 1000, "a thousand turns of the event loop go by");
  const refused = assert.rejects(checking, /ended/);
  await checker.close();
  await refused;
  closeSync(descriptor);
});

test("a thread that dies over a file fails that file alone, and the next one has a new thread", async (t) => {
  const scope = scopeOf(t);
  const checkBy = wheelFor(scope);
  const checker = new Checker();
  scope.after(() => checker.close());
  const check = () => checkBy(checker);
  const started: Worker[] = [];
  const dying = (worker: Worker): void => {
    started.push(worker);
    void worker.terminate();
  };
  process.on("worker", dying);
  scope.after(() => process.off("worker", dying));
  const all = await Promise.allSettled(Array.from({ length: 2 * MAX_THREADS }, check));
  for (const each of all) assert.equal((each as { reason?: { code?: string } }).reason?.code, "THREAD_ENDED");
  assert.equal(started.length, all.length, "each has had its own");
  process.off("worker", dying);
  assert.equal((await check()).project, "a");
  // One that dies while it has nothing to do is not given the next file.
  const note = (worker: Worker): unknown => started.push(worker);
  process.on("worker", note);
  scope.after(() => process.off("worker", note));
  const before = started.length;
  const idle = new Checker();
  scope.after(() => idle.close());
  const again = () => checkBy(idle);
  await again();
  await started[before]?.terminate();
  assert.equal((await again()).project, "a");
  assert.equal(started.length, before + 2);
});

test("a thread stays while files come, and ends when none has come for ten seconds", async (t) => {
  const scope = scopeOf(t);
  const checkBy = wheelFor(scope);
  const started: Worker[] = [];
  const note = (worker: Worker): unknown => started.push(worker);
  process.on("worker", note);
  scope.after(() => process.off("worker", note));
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const checker = new Checker();
  scope.after(() => checker.close());
  const check = () => checkBy(checker);
  checker.expect();
  checker.expect();
  for (let file = 0; file < 4; file += 1) {
    await check();
    t.mock.timers.tick(6000);
  }
  assert.equal(started.length, 1, "the one that was started ahead has done it all");
  const ended = once(started[0] ?? assert.fail(), "exit");
  t.mock.timers.tick(4000);
  await ended;
  assert.equal((await check()).project, "a");
  assert.equal(started.length, 2);
});
