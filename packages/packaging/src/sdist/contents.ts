import { checkNoCollisions } from "../archive/collisions.ts";
import { gunzip } from "../archive/gzip/gzip.ts";
import { MAX_NAMES_LENGTH } from "../archive/limits.ts";
import { checkNotAlsoZip } from "../archive/polyglot.ts";
import type { ByteSource } from "../archive/source.ts";
import { readTar, type TarEntry } from "../archive/tar/tar.ts";
import { readMember, verifyMember } from "../archive/zip/member.ts";
import { openZip } from "../archive/zip/zip.ts";
import { PackagingError } from "../errors.ts";
import { MAX_METADATA_BYTES } from "../metadata/parse.ts";
import { quote } from "../quote.ts";
import { checkLink } from "./links.ts";

/** What is in an sdist, without the content of its files. */
export interface SdistContents {
  /** The one folder at the top, without slash. */
  readonly top: string;
  /** Every member; a folder has a slash at its end. */
  readonly names: ReadonlySet<string>;
  /** PKG-INFO of the top folder, byte for byte. */
  readonly pkgInfo: Uint8Array;
}

const PKG_INFO = /^[^/]+\/PKG-INFO$/;

/** Reads a `.tar.gz` from end to end, in pieces. */
export function readTarSdist(source: ByteSource): SdistContents {
  const stream = gunzip(source);
  checkNotAlsoZip(source);
  const names: string[] = [];
  const files = new Set<string>();
  let pkgInfo: { name: string; bytes: Uint8Array } | undefined;
  let length = 0;
  readTar(stream, (entry, read) => {
    length += entry.name.length;
    if (length > MAX_NAMES_LENGTH) throw tooLarge(`the names in it have more than ${MAX_NAMES_LENGTH} characters`);
    checkLink(entry, files);
    names.push(entry.name);
    if (entry.type !== "file") return;
    files.add(entry.name);
    if (!PKG_INFO.test(entry.name)) return;
    if (pkgInfo !== undefined) throw refuse("it has more than one PKG-INFO at the top");
    pkgInfo = { name: entry.name, bytes: readPkgInfo(entry, read) };
  });
  checkNoCollisions(names);
  const top = topFolder(names);
  if (pkgInfo?.name !== `${top}/PKG-INFO`) throw refuse(`${quote(`${top}/PKG-INFO`)} is missing`);
  return { top, names: new Set(names), pkgInfo: pkgInfo.bytes };
}

/** Reads the directory and PKG-INFO of a `.zip`; of the rest only as much as `verify` asks for. */
export function readZipSdist(source: ByteSource, options: { verify: boolean }): SdistContents {
  const archive = openZip(source);
  const top = topFolder(archive.entries.keys());
  const entry = archive.entries.get(`${top}/PKG-INFO`);
  if (entry === undefined) throw refuse(`${quote(`${top}/PKG-INFO`)} is missing`);
  const pkgInfo = readMember(archive, entry, MAX_METADATA_BYTES);
  if (options.verify) for (const member of archive.entries.values()) verifyMember(archive, member);
  return { top, names: new Set(archive.entries.keys()), pkgInfo };
}

function readPkgInfo(entry: TarEntry, read: () => Uint8Array): Uint8Array {
  if (entry.size > MAX_METADATA_BYTES) throw tooLarge(`PKG-INFO has more than ${MAX_METADATA_BYTES} bytes`);
  return read();
}

function topFolder(names: Iterable<string>): string {
  const tops = new Set<string>();
  for (const name of names) {
    const slash = name.indexOf("/");
    if (slash === -1) throw refuse("it has a file beside its top folder");
    tops.add(name.slice(0, slash));
  }
  const [top, other] = tops;
  if (top === undefined) throw refuse("it is empty");
  if (other !== undefined) throw refuse("it has more than one top folder");
  return top;
}

function tooLarge(message: string): PackagingError {
  return new PackagingError("ARCHIVE_TOO_LARGE", message);
}

/** The refusal of what is not laid out as an sdist. */
export function refuse(reason: string): PackagingError {
  return new PackagingError("SDIST_LAYOUT", `not laid out as an sdist: ${reason}`, {
    hint: "an sdist has one NAME-VERSION folder with PKG-INFO in it (PEP 625, PEP 643)",
  });
}
