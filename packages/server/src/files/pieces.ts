import { ServerError } from "../errors.ts";
import { ByteCache } from "../http/byte-cache.ts";
import type { ByteRange } from "../http/conditions.ts";
import type { BlobStore } from "../storage/blob-store.ts";

/** Bytes of one piece: fewer writes cost less, and a client that stops reading holds on to one of them. */
export const PIECE_BYTES = 1024 * 1024;
/** Largest file that is kept: one that would push out most of the others is read from the store each time. */
const LARGEST_BYTES = 16 * PIECE_BYTES;
/** A file is kept from the second time on that somebody asks for it, among so many. */
const MAX_REMEMBERED = 256;
/** Downloads at a time that may hold on to pieces, also to such as are no longer kept. */
const MAX_READERS = 32;

/**
 * Keeps what is downloaded again and again in memory: sending from there costs a third of reading and sending.
 * Memory is that of the cache, and one piece for each of {@link MAX_READERS}.
 */
export class Pieces {
  readonly #blobs: BlobStore;
  readonly #memory: ByteCache<Uint8Array>;
  readonly #asked = new ByteCache<true>(MAX_REMEMBERED);
  readonly #filling = new Map<string, Promise<Uint8Array>>();
  #readers = 0;

  constructor(blobs: BlobStore, memory: ByteCache<Uint8Array>) {
    this.#blobs = blobs;
    this.#memory = memory;
  }

  /** The bytes that are asked for, or undefined for what is better streamed from the store. */
  read(sha256: string, length: number, range: ByteRange): AsyncIterable<Uint8Array> | undefined {
    if (length > LARGEST_BYTES || this.#readers >= MAX_READERS) return undefined;
    const again = this.#asked.get(sha256) === true;
    if (!again) this.#asked.set(sha256, true, 1);
    return again ? this.#read(sha256, length, range) : undefined;
  }

  async *#read(sha256: string, length: number, { start, end }: ByteRange): AsyncGenerator<Uint8Array, void> {
    this.#readers += 1;
    try {
      for (let at = start; at < end;) {
        const from = at - (at % PIECE_BYTES);
        const to = Math.min(from + PIECE_BYTES, length);
        const piece = await this.#piece(sha256, from, to);
        yield piece.subarray(at - from, Math.min(to, end) - from);
        at = to;
      }
    } finally {
      this.#readers -= 1;
    }
  }

  #piece(sha256: string, from: number, to: number): Promise<Uint8Array> | Uint8Array {
    const key = `${sha256}/${from}`;
    const kept = this.#memory.get(key) ?? this.#filling.get(key);
    if (kept !== undefined) return kept;
    const filling = this.#fill(key, sha256, from, to).finally(() => this.#filling.delete(key));
    this.#filling.set(key, filling);
    return filling;
  }

  async #fill(key: string, sha256: string, from: number, to: number): Promise<Uint8Array> {
    const chunks = await this.#blobs.stream(sha256, from, to);
    if (chunks === undefined) throw lost(sha256);
    const bytes = new Uint8Array(to - from);
    let length = 0;
    for await (const chunk of chunks) {
      bytes.set(chunk, length);
      length += chunk.byteLength;
    }
    this.#memory.set(key, bytes, bytes.byteLength);
    return bytes;
  }
}

/** What a row names and the store has not. */
export function lost(sha256: string): ServerError {
  return new ServerError("DATA_DAMAGED", `the blob ${sha256} is missing or cut short`, {
    hint: "restore the folder 'blobs' from a backup, or import the file again",
  });
}
