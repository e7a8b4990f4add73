import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { ServerError } from "../errors.ts";

/** Bytes read at a time. */
const CHUNK_BYTES = 256 * 1024;
/** No link is followed, and nobody is waited for at the other end of a pipe. */
const OPENING = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * A file's bytes, in one buffer that is filled anew for each chunk. Whatever goes wrong with reading it is this file's
 * own trouble, not the import's.
 */
export async function* chunksOf(path: string): AsyncIterable<Uint8Array> {
  const file = await readable(() => open(path, OPENING));
  try {
    const size = await readable(() => sizeOfFile(file));
    const buffer = new Uint8Array(Math.max(1, Math.min(CHUNK_BYTES, size)));
    for (;;) {
      const { bytesRead } = await readable(() => file.read(buffer, 0, buffer.byteLength));
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/**
 * The same for a thread that may block: the file's bytes, in the buffer that is given; undefined where there is no room
 * for them in it.
 */
export function readInto(buffer: Uint8Array, path: string): Uint8Array | undefined {
  try {
    const file = openSync(path, OPENING);
    try {
      const found = fstatSync(file);
      if (!found.isFile()) throw new Error("it is not a file any more");
      if (found.size >= buffer.byteLength) return undefined;
      let length = 0;
      for (let more = -1; more !== 0 && length < buffer.byteLength; length += more) {
        more = readSync(file, buffer, length, buffer.byteLength - length, null);
      }
      return length < buffer.byteLength ? buffer.subarray(0, length) : undefined;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw unreadable(error);
  }
}

/** The folder may be others' to write: what was a file when it was found may be a pipe by now, or a device. */
async function sizeOfFile(file: FileHandle): Promise<number> {
  const found = await file.stat();
  if (!found.isFile()) throw new Error("it is not a file any more");
  return found.size;
}

async function readable<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw unreadable(error);
  }
}

function unreadable(cause: unknown): ServerError {
  return new ServerError("FILE_UNREADABLE", `cannot be read: ${(cause as Error).message}`, { cause });
}
