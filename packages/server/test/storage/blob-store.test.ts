import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
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
  assert.deepEqual(await readdir(join(top, "staging", String(process.pid))), []);
});

test("local: tidying removes what dead processes left, and nothing else", async () => {
  const top = newFolder();
  const store = new LocalBlobs(top);
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  for (const owner of [String(pid), "strange"]) {
    await mkdir(join(top, "staging", owner), { recursive: true });
    await writeFile(join(top, "staging", owner, "left"), "x");
  }
  const staged = await store.stage(some("mine"));
  assert.equal(await store.tidy(), 2);
  await staged.keep();
  assert.equal((await stat(join(top, staged.sha256.slice(0, 2), staged.sha256))).size, 4);
});

test("local: a row can name nothing but a blob", async () => {
  const store = new LocalBlobs(newFolder());
  for (const name of ["../../etc/passwd", "", "AB".repeat(32), `${"ab".repeat(32)}/x`]) {
    await assert.rejects(store.read(name), { code: "DATA_DAMAGED" });
  }
});
