import { PackagingError } from "../../errors.ts";
import { quote } from "../../quote.ts";
import { checkNoCollisions } from "../collisions.ts";
import { checkUnpackedSize } from "../limits.ts";
import { checkNotAlsoTar } from "../polyglot.ts";
import { readExactly, type ByteSource } from "../source.ts";
import { ambiguous, readEndRecord, view } from "./end-record.ts";
import { checkLocalHeader, LOCAL_BYTES, localHeaderLength, readCentralHeader, type ZipEntry } from "./entry.ts";

/** Most members of an archive. */
export const MAX_ZIP_ENTRIES = 200_000;
/** Longest central directory, in bytes. */
export const MAX_CENTRAL_DIRECTORY_BYTES = 32 * 1024 * 1024;
/** Read at once while headers are compared: small members lie close together. */
const WINDOW_BYTES = 16 * 1024;

/** A ZIP archive whose structure was found to have one reading only. */
export interface ZipArchive {
  readonly source: ByteSource;
  /** By name, in the order of the central directory. */
  readonly entries: ReadonlyMap<string, ZipEntry>;
  /** Where an entry's (compressed) content begins. */
  contentOffset(entry: ZipEntry): number;
}

/**
 * Opens a ZIP archive (APPNOTE 6.3.10) that every reader must read alike: local headers and central directory agree,
 * and together with the end records they fill the file without gap, overlap or rest. The content is not read.
 */
export function openZip(source: ByteSource): ZipArchive {
  const place = readEndRecord(source);
  checkNotAlsoTar(source);
  if (place.entries > MAX_ZIP_ENTRIES || place.size > MAX_CENTRAL_DIRECTORY_BYTES) {
    throw new PackagingError(
      "ARCHIVE_TOO_LARGE",
      `the archive has more than ${MAX_ZIP_ENTRIES} members, or too long names`,
    );
  }
  const entries = readCentralDirectory(view(readExactly(source, place.offset, place.size)), place.entries);
  checkUnpackedSize(
    entries.reduce((sum, { size }) => sum + size, 0),
    source.size,
  );
  const contents = checkLocalHeaders(source, entries, place.offset);
  checkNoCollisions(entries.map(({ name }) => name));
  return {
    source,
    entries: new Map(entries.map((entry) => [entry.name, entry])),
    contentOffset: (entry) => contents.get(entry) ?? NaN,
  };
}

function readCentralDirectory(directory: DataView, count: number): readonly ZipEntry[] {
  const entries: ZipEntry[] = [];
  let at = 0;
  while (entries.length < count) {
    const { entry, end } = readCentralHeader(directory, at);
    entries.push(entry);
    at = end;
  }
  if (at !== directory.byteLength) throw ambiguous("its central directory has more entries than announced");
  return entries;
}

/** Walks through the file from its first byte to the central directory. Returns where each content begins. */
function checkLocalHeaders(source: ByteSource, entries: readonly ZipEntry[], end: number): Map<ZipEntry, number> {
  const contents = new Map<ZipEntry, number>();
  const read = windowed(source, end);
  let at = 0;
  for (const entry of entries.toSorted((a, b) => a.offset - b.offset)) {
    if (entry.offset !== at) throw ambiguous(`there is a gap or an overlap before ${quote(entry.name)}`);
    const length = localHeaderLength(read(at, LOCAL_BYTES), entry);
    checkLocalHeader(read(at, length), entry);
    contents.set(entry, at + length);
    at += length + entry.compressedSize;
  }
  if (at !== end) throw ambiguous("there is a gap or an overlap before its central directory");
  return contents;
}

/** Reads forward in few large steps rather than many small ones; never behind `end`. */
function windowed(source: ByteSource, end: number): (offset: number, length: number) => DataView {
  let bytes: Uint8Array = new Uint8Array();
  let start = 0;
  return (offset, length) => {
    if (offset + length > start + bytes.length) {
      start = offset;
      bytes = readExactly(source, offset, Math.max(length, Math.min(WINDOW_BYTES, end - offset)));
    }
    return new DataView(bytes.buffer, bytes.byteOffset + offset - start, length);
  };
}
