import { crc32, inflateRawSync } from "node:zlib";
import { PackagingError } from "../../errors.ts";
import { quote } from "../../quote.ts";
import { InflateStream } from "../deflate/inflate.ts";
import { readExactly } from "../source.ts";
import type { ZipEntry } from "./entry.ts";
import type { ZipArchive } from "./zip.ts";

/** Up to this size a member is unpacked at once. */
const AT_ONCE_BYTES = 1024 * 1024;
/** Stored content is read in pieces of this size. */
const PIECE_BYTES = 256 * 1024;

/**
 * The whole content of a member, of at most `limit` bytes; size and CRC-32 are verified.
 * Throws `ARCHIVE_TOO_LARGE`, `ARCHIVE_CORRUPT`.
 */
export function readMember(archive: ZipArchive, entry: ZipEntry, limit: number): Uint8Array {
  if (entry.size > limit) {
    throw new PackagingError("ARCHIVE_TOO_LARGE", `${quote(entry.name)} has more than ${limit} bytes`);
  }
  if (entry.isDeflated && mayInflateAtOnce(entry)) {
    const content = inflateAtOnce(archive, entry);
    if (crc32(content) !== entry.crc) throw corrupt(entry);
    return content;
  }
  const content = new Uint8Array(entry.size);
  let at = 0;
  for (const piece of memberPieces(archive, entry)) {
    content.set(piece, at);
    at += piece.length;
  }
  return content;
}

/**
 * The content of a member in pieces, each valid until the next one is asked for, in bounded memory. Size and CRC-32 are
 * verified behind the last piece: nothing may be believed before. Throws `ARCHIVE_CORRUPT`, `ARCHIVE_TRUNCATED`.
 */
export function* memberPieces(archive: ZipArchive, entry: ZipEntry): Generator<Uint8Array, void> {
  let crc = 0;
  let size = 0;
  for (const piece of entry.isDeflated ? inflatedPieces(archive, entry) : storedPieces(archive, entry)) {
    crc = crc32(piece, crc);
    size += piece.length;
    if (size > entry.size) throw corrupt(entry);
    yield piece;
  }
  if (size !== entry.size || crc !== entry.crc) throw corrupt(entry);
}

/** Reads a member to its end and keeps nothing. Throws `ARCHIVE_CORRUPT`, `ARCHIVE_TRUNCATED`. */
export function verifyMember(archive: ZipArchive, entry: ZipEntry): void {
  const pieces = memberPieces(archive, entry);
  for (let isAtEnd = false; !isAtEnd;) isAtEnd = pieces.next().done === true;
}

function* storedPieces(archive: ZipArchive, entry: ZipEntry): Generator<Uint8Array, void> {
  const start = archive.contentOffset(entry);
  for (let at = 0; at < entry.size; at += PIECE_BYTES) {
    yield readExactly(archive.source, start + at, Math.min(PIECE_BYTES, entry.size - at));
  }
}

function* inflatedPieces(archive: ZipArchive, entry: ZipEntry): Generator<Uint8Array, void> {
  if (mayInflateAtOnce(entry)) {
    yield inflateAtOnce(archive, entry);
    return;
  }
  const start = archive.contentOffset(entry);
  const end = start + entry.compressedSize;
  const stream = new InflateStream(archive.source, start, end);
  for (let piece = stream.next(); piece !== undefined; piece = stream.next()) yield piece;
  if (stream.end !== end) throw corrupt(entry);
}

/** Both sizes count: deflated data may be longer than what it holds. */
function mayInflateAtOnce({ size, compressedSize }: ZipEntry): boolean {
  return size <= AT_ONCE_BYTES && compressedSize <= AT_ONCE_BYTES;
}

/** With zlib: faster for small members. The compressed data must be used up, and give the announced size. */
function inflateAtOnce(archive: ZipArchive, entry: ZipEntry): Uint8Array {
  const raw = readExactly(archive.source, archive.contentOffset(entry), entry.compressedSize);
  let result: { buffer: Uint8Array; engine: { bytesWritten: number } };
  try {
    const options = { maxOutputLength: Math.max(entry.size, 1), info: true };
    // With `info`, zlib returns its engine too: how much input it took. Node's types do not know.
    result = inflateRawSync(raw, options) as unknown as typeof result;
  } catch (cause) {
    throw corrupt(entry, cause);
  }
  if (result.engine.bytesWritten !== raw.length || result.buffer.length !== entry.size) throw corrupt(entry);
  return result.buffer;
}

function corrupt(entry: ZipEntry, cause?: unknown): PackagingError {
  const message = `the content of ${quote(entry.name)} does not match its size and checksum`;
  return new PackagingError("ARCHIVE_CORRUPT", message, { cause, hint: "the file was damaged or tampered with" });
}
