import { PackagingError } from "../../errors.ts";
import { quote } from "../../quote.ts";
import { checkRelativePath, decodeMemberName } from "../member-name.ts";
import { ambiguous } from "./end-record.ts";
import { readExtraFields } from "./extra-fields.ts";

const CENTRAL_SIGNATURE = 0x02014b50;
const CENTRAL_BYTES = 46;
const LOCAL_SIGNATURE = 0x04034b50;
/** Fixed part of a local header. */
export const LOCAL_BYTES = 30;

const STORED = 0;
const DEFLATED = 8;

/** General purpose flags (APPNOTE 4.4.4) that may be set: the deflate level, and "names are UTF-8". */
const ALLOWED_FLAGS = 0b0000_1000_0000_0110;
const UTF8_FLAG = 0x0800;
const ENCRYPTED_FLAGS = 0x2041;
const DESCRIPTOR_FLAG = 0x0008;

const FILE_TYPE = 0xf000;
const REGULAR = 0x8000;
const FOLDER = 0x4000;
const SYMLINK = 0xa000;
const DOS_FOLDER = 0x10;

/** One member of a ZIP archive, as its central directory and its local header both say. */
export interface ZipEntry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly isDeflated: boolean;
  /** CRC-32 of the content. */
  readonly crc: number;
  /** Bytes of the content. */
  readonly size: number;
  readonly compressedSize: number;
  /** Where the local header begins. */
  readonly offset: number;
  /** Name as it stands in the file. */
  readonly nameBytes: Uint8Array;
  readonly flags: number;
}

/** Reads the central header at `at` (APPNOTE 4.3.12). Returns the entry and where the next header begins. */
export function readCentralHeader(directory: DataView, at: number): { entry: ZipEntry; end: number } {
  if (at + CENTRAL_BYTES > directory.byteLength || directory.getUint32(at, true) !== CENTRAL_SIGNATURE) {
    throw ambiguous("its central directory has fewer entries than announced");
  }
  const nameEnd = at + CENTRAL_BYTES + directory.getUint16(at + 28, true);
  const end = nameEnd + directory.getUint16(at + 30, true);
  if (end > directory.byteLength) throw ambiguous("its central directory is longer than announced");
  if (directory.getUint16(at + 32, true) !== 0) throw ambiguous("an entry of its central directory has a comment");
  if (directory.getUint16(at + 34, true) !== 0) {
    throw new PackagingError("ARCHIVE_UNSUPPORTED", "ZIP archives of several disks are not supported");
  }
  const nameBytes = slice(directory, at + CENTRAL_BYTES, nameEnd);
  const { size, compressedSize, offset } = readExtraFields(slice(directory, nameEnd, end), nameBytes, {
    size: directory.getUint32(at + 24, true),
    compressedSize: directory.getUint32(at + 20, true),
    offset: directory.getUint32(at + 42, true),
  });
  const name = decodeMemberName(nameBytes);
  const flags = directory.getUint16(at + 8, true);
  const method = directory.getUint16(at + 10, true);
  const crc = directory.getUint32(at + 16, true);
  const isFolder = name.endsWith("/");
  const entry = { name, isFolder, isDeflated: method === DEFLATED, crc, size, compressedSize, offset: offset ?? 0 };
  checkName(name, nameBytes, flags);
  checkMethod(name, flags, method);
  checkSizes(entry);
  checkFileType(entry, directory.getUint32(at + 38, true));
  return { entry: { ...entry, nameBytes, flags }, end };
}

/**
 * Compares the local header (APPNOTE 4.3.7) with the central one: name, flags, method, CRC-32 and sizes.
 * `header` holds all up to the content. Returns how long the header is.
 */
export function checkLocalHeader(header: DataView, entry: ZipEntry): void {
  const nameEnd = LOCAL_BYTES + entry.nameBytes.length;
  const { size, compressedSize } = readExtraFields(slice(header, nameEnd, header.byteLength), entry.nameBytes, {
    size: header.getUint32(22, true),
    compressedSize: header.getUint32(18, true),
    offset: undefined,
  });
  const same =
    header.getUint16(6, true) === entry.flags &&
    header.getUint16(8, true) === (entry.isDeflated ? DEFLATED : STORED) &&
    header.getUint32(14, true) === entry.crc &&
    compressedSize === entry.compressedSize &&
    size === entry.size &&
    Buffer.compare(entry.nameBytes, slice(header, LOCAL_BYTES, nameEnd)) === 0;
  if (!same) throw ambiguous(`its two headers of ${quote(entry.name)} disagree`);
}

/** How long the local header is whose fixed part is `fixed`. Throws where that is none, or names another name's length. */
export function localHeaderLength(fixed: DataView, entry: ZipEntry): number {
  if (fixed.getUint32(0, true) !== LOCAL_SIGNATURE)
    throw ambiguous(`no local header where ${quote(entry.name)} begins`);
  if (fixed.getUint16(26, true) !== entry.nameBytes.length) {
    throw ambiguous(`its two headers of ${quote(entry.name)} disagree`);
  }
  return LOCAL_BYTES + entry.nameBytes.length + fixed.getUint16(28, true);
}

function slice(from: DataView, start: number, end: number): Uint8Array {
  return new Uint8Array(from.buffer, from.byteOffset + start, end - start);
}

function checkName(name: string, bytes: Uint8Array, flags: number): void {
  checkRelativePath(name);
  if (name.length === 0) throw new PackagingError("ARCHIVE_NAME", "a member has no name");
  const isAscii = bytes.length === name.length;
  if (!isAscii && (flags & UTF8_FLAG) === 0) throw ambiguous(`it does not say in what encoding ${quote(name)} is`);
}

function checkMethod(name: string, flags: number, method: number): void {
  if ((flags & ENCRYPTED_FLAGS) !== 0) throw unsupported(name, "is encrypted");
  if ((flags & DESCRIPTOR_FLAG) !== 0) throw ambiguous(`${quote(name)} has its sizes in a data descriptor`);
  if ((flags & ~ALLOWED_FLAGS) !== 0) throw unsupported(name, "uses an unknown feature of ZIP");
  if (method !== STORED && method !== DEFLATED) throw unsupported(name, `is compressed by method ${method}`);
}

type Measured = Pick<ZipEntry, "name" | "isFolder" | "isDeflated" | "size" | "compressedSize" | "crc">;

function checkSizes({ name, isFolder, isDeflated, size, compressedSize, crc }: Measured): void {
  if (!isDeflated && size !== compressedSize) throw ambiguous(`${quote(name)} is stored, yet has two sizes`);
  if (isFolder && (size !== 0 || crc !== 0)) throw ambiguous(`${quote(name)} is a folder, yet has content`);
}

/** Only files and folders, and the attributes must not say another of them than the name does. */
function checkFileType({ name, isFolder }: Measured, attributes: number): void {
  const type = (attributes >>> 16) & FILE_TYPE;
  if (type === SYMLINK) {
    throw new PackagingError("ARCHIVE_LINK", `${quote(name)} is a symbolic link`, {
      hint: "wheels and ZIP archives must hold files, no links",
    });
  }
  if (type !== 0 && type !== REGULAR && type !== FOLDER) throw unsupported(name, "is neither a file nor a folder");
  const saysFolder = type === FOLDER || (type === 0 && (attributes & DOS_FOLDER) !== 0);
  if (saysFolder && !isFolder) throw ambiguous(`${quote(name)} is a folder by its attributes and a file by its name`);
}

function unsupported(name: string, what: string): PackagingError {
  return new PackagingError("ARCHIVE_UNSUPPORTED", `${quote(name)} ${what}`, {
    hint: "wheels and ZIP archives must be stored or deflated, and not encrypted",
  });
}
