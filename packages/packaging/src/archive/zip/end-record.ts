import { PackagingError } from "../../errors.ts";
import { readExactly, type ByteSource } from "../source.ts";

const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
const END64_SIGNATURE = 0x06064b50;
const END64_BYTES = 56;
const LOCATOR_SIGNATURE = 0x07064b50;
const LOCATOR_BYTES = 20;
const MAX_COMMENT_BYTES = 0xffff;

/** Where the central directory lies, from the record at the end of the archive. */
export interface CentralDirectoryPlace {
  readonly entries: number;
  readonly offset: number;
  readonly size: number;
}

/**
 * Reads the end of central directory (APPNOTE 4.3.14 to 4.3.16). The records must fill the end of the file without a
 * gap: central directory, the ZIP64 pair if there is one, the end record, its comment, nothing else.
 */
export function readEndRecord(source: ByteSource): CentralDirectoryPlace {
  const { tail, tailOffset, at } = findEnd(source);
  const end = readEnd(tail, at);
  const locatorAt = at - LOCATOR_BYTES;
  const isZip64 = locatorAt >= 0 && tail.getUint32(locatorAt, true) === LOCATOR_SIGNATURE;
  const place = isZip64 ? readZip64(tail, locatorAt, tailOffset, end) : end;
  const recordsAt = tailOffset + (isZip64 ? locatorAt - END64_BYTES : at);
  if (!isZip64 && (end.entries === 0xffff || end.size === 0xffffffff || end.offset === 0xffffffff)) {
    throw ambiguous("its end record announces ZIP64 records that are not there");
  }
  if (place.offset + place.size !== recordsAt) {
    throw ambiguous("its central directory does not end where its end record begins");
  }
  return place;
}

/** Whether a lenient ZIP reader, which looks for an end record from the end of the file, would find one. */
export function hasEndRecord(source: ByteSource): boolean {
  const { tail, tailOffset } = readTail(source, END_BYTES + MAX_COMMENT_BYTES);
  for (let at = lastEnd(tail); at >= 0; at = lastEnd(tail, at - 1)) {
    const isPlausible =
      tail.getUint32(at + 4, true) === 0 &&
      tail.getUint16(at + 8, true) === tail.getUint16(at + 10, true) &&
      tail.getUint32(at + 12, true) <= tailOffset + at;
    if (isPlausible) return true;
  }
  return false;
}

/** The last end record of the file; its comment must reach exactly to the end. */
function findEnd(source: ByteSource): { tail: DataView; tailOffset: number; at: number } {
  for (const comment of [0, MAX_COMMENT_BYTES]) {
    const { tail, tailOffset } = readTail(source, END64_BYTES + LOCATOR_BYTES + END_BYTES + comment);
    const at = lastEnd(tail);
    if (at >= 0 && at + END_BYTES + tail.getUint16(at + 20, true) === tail.byteLength) return { tail, tailOffset, at };
    if (at >= 0) throw ambiguous("there is data behind its end record");
  }
  throw new PackagingError("ZIP_FORMAT", "not a ZIP archive: no end of central directory", {
    hint: "the file may be cut off, or be something else under this name",
  });
}

function readTail(source: ByteSource, most: number): { tail: DataView; tailOffset: number } {
  const length = Math.min(source.size, most);
  return { tail: view(readExactly(source, source.size - length, length)), tailOffset: source.size - length };
}

/** Where the last end record begins, at or before `from`; -1 if there is none. */
function lastEnd(tail: DataView, from = tail.byteLength - END_BYTES): number {
  const bytes = new Uint8Array(tail.buffer, tail.byteOffset, tail.byteLength);
  if (from < 0) return -1;
  let at = bytes.lastIndexOf(END_SIGNATURE & 0xff, from);
  while (at >= 0 && tail.getUint32(at, true) !== END_SIGNATURE) {
    at = at === 0 ? -1 : bytes.lastIndexOf(END_SIGNATURE & 0xff, at - 1);
  }
  return at;
}

function readEnd(tail: DataView, at: number): CentralDirectoryPlace {
  const [disk, startDisk] = [tail.getUint16(at + 4, true), tail.getUint16(at + 6, true)];
  const [entriesHere, entries] = [tail.getUint16(at + 8, true), tail.getUint16(at + 10, true)];
  if (disk !== 0 || startDisk !== 0 || entriesHere !== entries) throw spanned();
  return { entries, size: tail.getUint32(at + 12, true), offset: tail.getUint32(at + 16, true) };
}

/** The ZIP64 pair must stand right before the end record, and say the same wherever that one says anything. */
function readZip64(tail: DataView, locatorAt: number, tailOffset: number, end: CentralDirectoryPlace) {
  const at = locatorAt - END64_BYTES;
  const announced = tail.getBigUint64(locatorAt + 8, true);
  if (at < 0 || announced !== BigInt(tailOffset + at) || tail.getUint32(at, true) !== END64_SIGNATURE) {
    throw ambiguous("its ZIP64 locator does not point to the record before it");
  }
  if (tail.getBigUint64(at + 4, true) !== BigInt(END64_BYTES - 12)) {
    throw new PackagingError("ARCHIVE_UNSUPPORTED", "ZIP64 extensible data is not supported");
  }
  const disks = [tail.getUint32(locatorAt + 4, true), tail.getUint32(at + 16, true), tail.getUint32(at + 20, true)];
  const entries = tail.getBigUint64(at + 32, true);
  const oneDisk = tail.getUint32(locatorAt + 16, true) === 1 && tail.getBigUint64(at + 24, true) === entries;
  if (!oneDisk || disks.some((disk) => disk !== 0)) throw spanned();
  const place = {
    entries: safe(entries),
    size: safe(tail.getBigUint64(at + 40, true)),
    offset: safe(tail.getBigUint64(at + 48, true)),
  };
  const agree =
    (end.entries === 0xffff || end.entries === place.entries) &&
    (end.size === 0xffffffff || end.size === place.size) &&
    (end.offset === 0xffffffff || end.offset === place.offset);
  if (!agree) throw ambiguous("its ZIP64 end record and its end record disagree");
  return place;
}

/** A 64-bit number as a plain one. Throws `ZIP_FORMAT` for what no file can have. */
export function safe(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw new PackagingError("ZIP_FORMAT", "the archive names an impossible size");
  return Number(value);
}

/** A view on the same bytes. */
export function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The refusal of a file that readers would understand differently. */
export function ambiguous(reason: string): PackagingError {
  return new PackagingError("ARCHIVE_AMBIGUOUS", `readers would disagree about this ZIP archive: ${reason}`, {
    hint: "rebuild it with a current build tool; installers must all see the same files",
  });
}

function spanned(): PackagingError {
  return new PackagingError("ARCHIVE_UNSUPPORTED", "ZIP archives of several disks are not supported");
}
