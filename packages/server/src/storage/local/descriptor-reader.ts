import { readSync } from "node:fs";
import { ServerError } from "../../errors.ts";
import type { BlobReader } from "../blob-store.ts";

/** Reads an open file at random access. Whoever has opened it keeps it open. */
export function descriptorReader(descriptor: number, size: number): BlobReader {
  const read = (offset: number, length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const count = readSync(descriptor, bytes, done, length - done, offset + done);
      if (count === 0) throw new ServerError("FILE_UNREADABLE", "a file ended before its length");
      done += count;
    }
    return bytes;
  };
  return { size, read, descriptor };
}
