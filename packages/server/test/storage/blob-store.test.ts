import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { LocalBlobs } from "../../src/storage/local/blobs.ts";
import { blobStoreCases } from "./blob-store.cases.ts";
import { MemoryBlobs } from "./memory-blobs.ts";

const folder = await mkdtemp(join(tmpdir(), "countermark-blobs-"));
after(() => rm(folder, { recursive: true, force: true }));

let count = 0;
const newFolder = (): string => join(folder, String((count += 1)));
blobStoreCases({ name: "local", open: () => Promise.resolve(new LocalBlobs(newFolder())) });
blobStoreCases({ name: "memory", open: () => Promise.resolve(new MemoryBlobs()) });

async function* some(text: string): AsyncIterable<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}

test("local: staging is empty after keeping, discarding and failing", async () => {
  const top = newFolder();
  const store = new LocalBlobs(top);
  await (await store.stage(some("kept"))).keep();
  await (await store.stage(some("discarded"))).discard();
  const twice = await store.stage(some("kept"));
  await twice.keep();
  assert.deepEqual(await readdir(join(top, "staging", `${process.pid}@${hostname()}`)), []);
});

test("local: tidying removes what dead processes left, and nothing else", async () => {
  const top = newFolder();
  const store = new LocalBlobs(top);
  const dead = spawnSync(process.execPath, ["-e", ""]).pid;
  const leave = async (owner: string): Promise<string> => {
    await mkdir(join(top, "staging", owner), { recursive: true });
    await writeFile(join(top, "staging", owner, "left"), "x");
    return join(top, "staging", owner);
  };
  const mine = await store.stage(some("mine"));
  await leave(`${dead}@${hostname()}`);
  const elsewhere = await leave(`${process.pid}@another-machine`);
  assert.equal(await store.tidy(), 1);
  assert.ok(existsSync(elsewhere), "it may be of a process that this one cannot see");
  const longAgo = new Date(Date.now() - 2 * 60 * 60 * 1000);
  await utimes(elsewhere, longAgo, longAgo);
  assert.equal(await store.tidy(), 1);
  await mine.keep();
  assert.equal((await stat(join(top, mine.sha256.slice(0, 2), mine.sha256))).size, 4);
});

test("local: a row can name nothing but a blob", async () => {
  const store = new LocalBlobs(newFolder());
  for (const name of ["../../etc/passwd", "", "AB".repeat(32), `${"ab".repeat(32)}/x`]) {
    await assert.rejects(store.read(name), { code: "DATA_DAMAGED" });
  }
});

test("local: an iterator that is given up closes its file", { skip: !existsSync("/proc/self/fd") }, async () => {
  const store = new LocalBlobs(newFolder());
  const staged = await store.stage(some("x".repeat(2_000_000)));
  await staged.keep();
  const openFiles = (): number =>
    readdirSync("/proc/self/fd").filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).includes(staged.sha256);
      } catch {
        return false;
      }
    }).length;
  for (let round = 0; round < 3; round += 1) {
    const chunks = await store.stream(staged.sha256, 0, staged.length);
    assert.ok(chunks !== undefined);
    for await (const chunk of chunks) {
      assert.ok(chunk.byteLength > 0);
      assert.equal(openFiles(), 1);
      break;
    }
    assert.equal(openFiles(), 0);
  }
});
