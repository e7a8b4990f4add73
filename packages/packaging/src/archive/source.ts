import { PackagingError } from "../errors.ts";

/** Bytes at random access: a file that the caller opened, or bytes in memory. Synchronous. */
export interface ByteSource {
  /** In bytes. */
  readonly size: number;
  /** Exactly `length` bytes from `offset`, fewer only where the source ends. */
  read(offset: number, length: number): Uint8Array;
}

/** A source over bytes in memory. What it reads are views, not copies. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

/** Reads `length` bytes. Throws `ARCHIVE_TRUNCATED` where there are fewer. */
export function readExactly(source: ByteSource, offset: number, length: number): Uint8Array {
  const end = offset + length;
  const bytes = offset >= 0 && end <= source.size ? source.read(offset, length) : undefined;
  if (bytes?.length !== length)
    throw new PackagingError("ARCHIVE_TRUNCATED", "the file ends in the middle of its data");
  return bytes;
}
