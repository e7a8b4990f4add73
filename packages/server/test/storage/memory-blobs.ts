import { createHash } from "node:crypto";
import type { BlobStore, StagedBlob } from "../../src/storage/blob-store.ts";

/** The blob store in memory, to the letter of its contract. */
export class MemoryBlobs implements BlobStore {
  readonly #blobs = new Map<string, Uint8Array>();

  async stage(source: AsyncIterable<Uint8Array>): Promise<StagedBlob> {
    const chunks: Buffer[] = [];
    for await (const chunk of source) chunks.push(Buffer.from(chunk));
    const bytes = Buffer.concat(chunks);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    return {
      sha256,
      length: bytes.length,
      reader: { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) },
      keep: () => {
        this.#blobs.set(sha256, bytes);
        return Promise.resolve();
      },
      discard: () => Promise.resolve(),
    };
  }

  read(sha256: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#blobs.get(sha256));
  }

  stream(sha256: string, start: number, end: number): Promise<AsyncIterable<Uint8Array> | undefined> {
    const bytes = this.#blobs.get(sha256);
    return Promise.resolve(bytes === undefined ? undefined : once(bytes.subarray(start, end)));
  }

  size(sha256: string): Promise<number | undefined> {
    return Promise.resolve(this.#blobs.get(sha256)?.byteLength);
  }

  sizes(sha256s: readonly string[]): Promise<readonly (number | undefined)[]> {
    return Promise.all(sha256s.map((sha256) => this.size(sha256)));
  }

  tidy(): Promise<number> {
    return Promise.resolve(0);
  }
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield await Promise.resolve(bytes);
}
