import type { FileHandle } from "node:fs/promises";

/** Bytes read at a time when a blob is streamed out. */
export const CHUNK_BYTES = 256 * 1024;
/** Downloads at a time that get such buffers: clients that stop reading hold on to theirs. */
const FEW = 32;
/** Bytes read at a time for those beyond. */
export const CROWDED_CHUNK_BYTES = 16 * 1024;
/** Buffers kept for the next download: new memory costs more than reading into it. */
const MAX_SPARE_BUFFERS = 32;

const spare: Uint8Array[] = [];
let running = 0;

function takeBuffer(): Uint8Array {
  return running > FEW ? new Uint8Array(CROWDED_CHUNK_BYTES) : (spare.pop() ?? new Uint8Array(CHUNK_BYTES));
}

function giveBack(buffer: Uint8Array): void {
  if (buffer.byteLength === CHUNK_BYTES && spare.length < MAX_SPARE_BUFFERS) spare.push(buffer);
}

/**
 * Bytes `start` to `end` (exclusive) of an open file, which is closed at the end, whatever the end is. There are two
 * buffers: while one is on its way to the client, the other is filled. A chunk is overwritten when the one after the
 * next is asked for.
 */
export async function* chunksOf(file: FileHandle, start: number, end: number): AsyncGenerator<Uint8Array, void> {
  running += 1;
  let [front, back] = [takeBuffer(), takeBuffer()];
  let position = start;
  let reading: Promise<number> | undefined;
  try {
    reading = fill(file, back, position, end);
    while (position < end) {
      const length = await reading;
      position += length;
      [front, back] = [back, front];
      reading = fill(file, back, position, end);
      yield front.subarray(0, length);
    }
  } finally {
    // A client that went away leaves a read on its way: the buffer is not free before that has ended.
    await reading?.catch(() => undefined);
    running -= 1;
    giveBack(front);
    giveBack(back);
    await file.close();
  }
}

async function fill(file: FileHandle, buffer: Uint8Array, position: number, end: number): Promise<number> {
  if (position >= end) return 0;
  const wanted = Math.min(buffer.byteLength, end - position);
  let done = 0;
  while (done < wanted) {
    const { bytesRead } = await file.read(buffer, done, wanted - done, position + done);
    if (bytesRead === 0) throw new Error("a blob ended before its length");
    done += bytesRead;
  }
  return done;
}
