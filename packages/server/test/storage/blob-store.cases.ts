import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import type { BlobStore } from "../../src/storage/blob-store.ts";

/** One driver under test: a new, empty store for each case. */
export interface BlobDriver {
  readonly name: string;
  open(): Promise<BlobStore>;
}

/** A source that hands out its chunks in one buffer, as the contract allows. */
async function* inOneBuffer(chunks: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  const buffer = new Uint8Array(Math.max(0, ...chunks.map(({ byteLength }) => byteLength)));
  for (const chunk of chunks) {
    buffer.set(chunk);
    yield await Promise.resolve(buffer.subarray(0, chunk.byteLength));
  }
}

async function* failing(): AsyncIterable<Uint8Array> {
  yield await Promise.resolve(new Uint8Array(10));
  throw new Error("the source failed");
}

async function collect(chunks: AsyncIterable<Uint8Array> | undefined): Promise<Buffer> {
  assert.ok(chunks !== undefined);
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(Buffer.from(chunk));
  return Buffer.concat(all);
}

/** The contract of {@link BlobStore}, case by case. Every driver passes all of them. */
export function blobStoreCases(driver: BlobDriver): void {
  const withStore = (what: string, body: (store: BlobStore) => Promise<void>): void => {
    test(`${driver.name}: ${what}`, async () => body(await driver.open()));
  };
  const chunks = [randomBytes(300_000), randomBytes(5), randomBytes(200_000)];
  const whole = Buffer.concat(chunks);
  const sha256 = createHash("sha256").update(whole).digest("hex");

  withStore("what is kept comes back, whole and in parts", async (store) => {
    const staged = await store.stage(inOneBuffer(chunks));
    assert.deepEqual([staged.sha256, staged.length], [sha256, whole.length]);
    await staged.keep();
    assert.deepEqual(Buffer.from((await store.read(sha256)) ?? []), whole);
    assert.equal(await store.size(sha256), whole.length);
    const absent = "0".repeat(64);
    const many = Array.from({ length: 250 }, (_, number) => (number % 2 === 0 ? sha256 : absent));
    const sizes = many.map((each) => (each === sha256 ? whole.length : undefined));
    assert.deepEqual(await store.sizes(many), sizes);
    assert.deepEqual(await collect(await store.stream(sha256, 299_990, 300_010)), whole.subarray(299_990, 300_010));
    assert.deepEqual(await collect(await store.stream(sha256, 0, whole.length)), whole);
  });

  withStore("a staged blob can be read at random, and is not in the store", async (store) => {
    const staged = await store.stage(inOneBuffer(chunks));
    assert.equal(staged.reader.size, whole.length);
    assert.deepEqual(Buffer.from(staged.reader.read(299_999, 10)), whole.subarray(299_999, 300_009));
    assert.equal(await store.read(sha256), undefined);
    assert.equal(await store.size(sha256), undefined);
    await staged.discard();
    assert.equal(await store.stream(sha256, 0, 1), undefined);
  });

  withStore("keeping the same content twice is one blob", async (store) => {
    const [first, second] = [await store.stage(inOneBuffer(chunks)), await store.stage(inOneBuffer(chunks))];
    await Promise.all([first.keep(), second.keep()]);
    await first.discard();
    await second.discard();
    assert.deepEqual(Buffer.from((await store.read(sha256)) ?? []), whole);
  });

  withStore("an empty blob is a blob", async (store) => {
    const staged = await store.stage(inOneBuffer([]));
    await staged.keep();
    assert.equal((await store.read(staged.sha256))?.byteLength, 0);
  });

  withStore("a source that fails leaves nothing", async (store) => {
    await assert.rejects(store.stage(failing()), /the source failed/);
    assert.equal(await store.tidy(), 0);
  });
}
