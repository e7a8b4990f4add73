import { crc32, inflateRawSync } from "node:zlib";
import { PackagingError } from "../../errors.ts";
import { MAX_UNPACKED_BYTES } from "../limits.ts";
import { readExactly, type ByteSource } from "../source.ts";

/** Unpacks a gzip file (RFC 1952) of exactly one member, with nothing behind it. */
export function gunzip(source: ByteSource): Uint8Array {
  const file = readExactly(source, 0, source.size);
  const start = headerLength(file);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  try {
    const limit = { maxOutputLength: Math.min(MAX_UNPACKED_BYTES, 1024 ** 3), info: true };
    const { buffer, engine } = inflateRawSync(file.subarray(start), limit) as unknown as {
      buffer: Uint8Array;
      engine: { bytesWritten: number };
    };
    const at = start + engine.bytesWritten;
    if (at + 8 === file.length && view.getUint32(at, true) === crc32(buffer)) return buffer;
  } catch (cause) {
    throw new PackagingError("ARCHIVE_CORRUPT", "the gzip stream is damaged", { cause });
  }
  throw new PackagingError("ARCHIVE_CORRUPT", "the gzip stream is damaged, or there is data behind it");
}

function headerLength(file: Uint8Array): number {
  const [id1, id2, method, flags = 0] = file;
  if (id1 !== 0x1f || id2 !== 0x8b || method !== 8 || (flags & ~0x09) !== 0) {
    throw new PackagingError("GZIP_FORMAT", "not a gzip stream");
  }
  return (flags & 0x08) === 0 ? 10 : file.indexOf(0, 10) + 1;
}
