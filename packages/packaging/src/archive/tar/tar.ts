import { PackagingError } from "../../errors.ts";
import { quote } from "../../quote.ts";
import { checkRelativePath, decodeMemberName } from "../member-name.ts";
import type { StreamReader } from "../stream.ts";
import { BLOCK_BYTES, malformed, readTarHeader, untilNul, type TarHeader } from "./header.ts";
import { checkGlobalPax, readPaxRecords } from "./pax.ts";

/** Most members of an archive. */
export const MAX_TAR_ENTRIES = 200_000;
/** Longest extended header (pax or GNU long name), in bytes. */
export const MAX_EXTENDED_HEADER_BYTES = 64 * 1024;

/** One member of a tar archive. */
export interface TarEntry {
  readonly type: "file" | "folder" | "symlink" | "hardlink";
  /** A folder's has a slash at its end. */
  readonly name: string;
  /** Where a link leads, as written. */
  readonly target?: string;
  /** Bytes of content. */
  readonly size: number;
}

/** Called for each member; may read its content from `read`, at most once, else it is skipped. */
export type TarVisitor = (entry: TarEntry, read: () => Uint8Array) => void;

interface Extension {
  readonly path?: Uint8Array;
  readonly linkPath?: Uint8Array;
  readonly size?: Uint8Array;
}

/**
 * Walks through a tar archive once: `ustar`, pax and GNU long names. What readers could take in two ways is refused:
 * extensions that contradict the header, sparse members, members without end mark, anything but zeros behind it.
 */
export function readTar(stream: StreamReader, visit: TarVisitor): void {
  let extension: Extension | undefined;
  for (let count = 0; ; count += 1) {
    if (count > MAX_TAR_ENTRIES) {
      throw new PackagingError("ARCHIVE_TOO_LARGE", `the archive has more than ${MAX_TAR_ENTRIES} members`);
    }
    const block = stream.read(BLOCK_BYTES);
    if (block.every((byte) => byte === 0)) break;
    const header = readTarHeader(block);
    const extended = readExtension(stream, header, extension);
    if (extended !== undefined) {
      extension = extended;
    } else {
      visitMember(stream, toEntry(header, extension ?? {}), visit);
      extension = undefined;
    }
  }
  if (extension !== undefined) throw malformed("an extended header is followed by no member");
  checkEnd(stream);
}

/** Reads what extends the next member; nothing if `header` is a member itself. */
function readExtension(stream: StreamReader, header: TarHeader, before: Extension | undefined): Extension | undefined {
  if (!["x", "g", "L", "K"].includes(header.type)) return undefined;
  if (header.size > MAX_EXTENDED_HEADER_BYTES) {
    throw new PackagingError(
      "ARCHIVE_TOO_LARGE",
      `an extended header has more than ${MAX_EXTENDED_HEADER_BYTES} bytes`,
    );
  }
  const content = stream.read(header.size);
  stream.skip(padding(header.size));
  if (header.type === "g") {
    checkGlobalPax(readPaxRecords(content));
    return before ?? {};
  }
  const added = header.type === "x" ? fromPax(readPaxRecords(content)) : fromGnu(header.type, content);
  const twice = Object.keys(added).some((key) => before !== undefined && key in before);
  if (twice) throw malformed("two extended headers say the same of one member");
  return { ...before, ...added };
}

function fromPax(records: ReadonlyMap<string, Uint8Array>): Extension {
  const [path, linkPath, size] = [records.get("path"), records.get("linkpath"), records.get("size")];
  return { ...(path && { path }), ...(linkPath && { linkPath }), ...(size && { size }) };
}

function fromGnu(type: string, content: Uint8Array): Extension {
  const name = untilNul(content);
  if (content.subarray(name.length).some((byte) => byte !== 0)) throw malformed("a GNU long name has a NUL inside");
  return type === "L" ? { path: name } : { linkPath: name };
}

function toEntry(header: TarHeader, extension: Extension): TarEntry {
  const written = decodeMemberName(extension.path ?? header.name);
  const { size } = header;
  if (extension.size !== undefined && String.fromCharCode(...extension.size.subarray(0, 20)) !== size.toString()) {
    throw malformed(`the two sizes of ${quote(written)} differ`);
  }
  checkRelativePath(written);
  const type = memberType(header.type, written);
  if (type !== "file" && size !== 0) throw malformed(`${quote(written)} is no file, yet has content`);
  if (type !== "folder" && written.endsWith("/")) throw malformed(`${quote(written)} is no folder, yet named as one`);
  const name = type === "folder" && !written.endsWith("/") ? `${written}/` : written;
  if (type === "file" || type === "folder") return { type, name, size };
  return { type, name, size, target: decodeMemberName(extension.linkPath ?? header.linkName) };
}

function memberType(flag: string, name: string): TarEntry["type"] {
  if (flag === "0") return "file";
  if (flag === "5") return "folder";
  if (flag === "2") return "symlink";
  if (flag === "1") return "hardlink";
  throw new PackagingError("ARCHIVE_UNSUPPORTED", `${quote(name)} is neither a file, a folder nor a link`, {
    hint: "devices, pipes and sparse files have no place in an sdist",
  });
}

function visitMember(stream: StreamReader, entry: TarEntry, visit: TarVisitor): void {
  let left = entry.size;
  visit(entry, () => {
    const content = stream.read(left);
    left = 0;
    return content;
  });
  stream.skip(left + padding(entry.size));
}

function padding(size: number): number {
  return (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
}

/** A second block of zeros, then nothing but zeros: else another reader may find more members. */
function checkEnd(stream: StreamReader): void {
  if (stream.read(BLOCK_BYTES).some((byte) => byte !== 0)) throw malformed("its end mark has one block only");
  for (let piece = stream.piece(); piece !== undefined; piece = stream.piece()) {
    if (piece.some((byte) => byte !== 0)) throw malformed("there is data behind its end mark");
  }
}
