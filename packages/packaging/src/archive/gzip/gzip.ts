import { crc32 } from "node:zlib";
import { PackagingError } from "../../errors.ts";
import { InflateStream } from "../deflate/inflate.ts";
import { checkUnpackedSize } from "../limits.ts";
import { readExactly, type ByteSource } from "../source.ts";
import { StreamReader } from "../stream.ts";

/** Longest header, with the names and comments that it may hold. */
export const MAX_GZIP_HEADER_BYTES = 64 * 1024;

const TRAILER_BYTES = 8;
const FIXED_HEADER_BYTES = 10;
const DEFLATE = 8;
const [HAS_HEADER_CRC, HAS_EXTRA, HAS_NAME, HAS_COMMENT] = [0x02, 0x04, 0x08, 0x10];
const RESERVED_FLAGS = 0xe0;

/**
 * Unpacks a gzip file (RFC 1952) as it is read: exactly one member, with nothing behind it, not even zeros; some readers
 * go on there and others stop. Bounded in memory, and by {@link checkUnpackedSize} in what comes out.
 */
export function gunzip(source: ByteSource): StreamReader {
  const inflate = new InflateStream(source, headerLength(source), source.size);
  let crc = 0;
  let size = 0;
  let isChecked = false;
  return new StreamReader(() => {
    const piece = inflate.next();
    if (piece !== undefined) {
      crc = crc32(piece, crc);
      size += piece.length;
      checkUnpackedSize(size, source.size);
    } else if (!isChecked) {
      checkTrailer(source, inflate.end ?? NaN, crc, size);
      isChecked = true;
    }
    return piece;
  });
}

function checkTrailer(source: ByteSource, at: number, crc: number, size: number): void {
  const trailer = readExactly(source, at, TRAILER_BYTES);
  const view = new DataView(trailer.buffer, trailer.byteOffset, TRAILER_BYTES);
  if (view.getUint32(0, true) !== crc || view.getUint32(4, true) !== size % 2 ** 32) {
    throw new PackagingError("ARCHIVE_CORRUPT", "the content of the gzip file does not match its checksum", {
      hint: "the file was damaged or tampered with",
    });
  }
  if (at + TRAILER_BYTES !== source.size) {
    throw new PackagingError("ARCHIVE_AMBIGUOUS", "there is data behind the end of the gzip file", {
      hint: "some installers would read on there and others would not; rebuild the sdist",
    });
  }
}

/** RFC 1952, 2.3. */
function headerLength(source: ByteSource): number {
  const head = source.read(0, Math.min(source.size, MAX_GZIP_HEADER_BYTES));
  const [id1, id2, method, flags = 0] = head;
  if (id1 !== 0x1f || id2 !== 0x8b) {
    throw new PackagingError("GZIP_FORMAT", "not a gzip file, whatever its name says");
  }
  if (method !== DEFLATE || (flags & RESERVED_FLAGS) !== 0) {
    throw new PackagingError("ARCHIVE_UNSUPPORTED", "the gzip file uses an unknown method or flag");
  }
  let at = FIXED_HEADER_BYTES;
  if ((flags & HAS_EXTRA) !== 0) at += 2 + (head[at] ?? 0) + (head[at + 1] ?? 0) * 256;
  if ((flags & HAS_NAME) !== 0) at = behindNul(head, at);
  if ((flags & HAS_COMMENT) !== 0) at = behindNul(head, at);
  if ((flags & HAS_HEADER_CRC) !== 0) {
    if (((head[at] ?? 0) | ((head[at + 1] ?? 0) << 8)) !== (crc32(head.subarray(0, at)) & 0xffff)) {
      throw new PackagingError("ARCHIVE_CORRUPT", "the header of the gzip file does not match its checksum");
    }
    at += 2;
  }
  if (at > head.length) throw new PackagingError("ARCHIVE_TRUNCATED", "the gzip file ends in the middle of its header");
  return at;
}

function behindNul(head: Uint8Array, from: number): number {
  const nul = head.indexOf(0, from);
  return nul === -1 ? Infinity : nul + 1;
}
