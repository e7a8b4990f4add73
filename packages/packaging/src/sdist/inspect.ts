import { checkNoCollisions } from "../archive/collisions.ts";
import { gunzip } from "../archive/gzip/gzip.ts";
import type { ByteSource } from "../archive/source.ts";
import { checkNotAlsoZip } from "../archive/polyglot.ts";
import { readTar } from "../archive/tar/tar.ts";
import { openZip, readMember } from "../archive/zip/zip.ts";
import type { Distribution } from "../distribution/distribution.ts";
import { isOf, makeDistribution } from "../distribution/identity.ts";
import { PackagingError } from "../errors.ts";
import { MAX_METADATA_BYTES, parseCoreMetadata } from "../metadata/parse.ts";
import { quote } from "../quote.ts";
import { sdistReadings, sdistSuffix } from "./filename.ts";
import { refuse, topFolder } from "./layout.ts";
import { checkLink } from "./links.ts";

/** What an sdist is. Reads all of a `.tar.gz`, of a `.zip` as of a wheel. Throws `PackagingError`. */
export function inspectSdist(filename: string, source: ByteSource): Distribution {
  const readings = sdistReadings(filename);
  const bytes = sdistSuffix(filename) === ".zip" ? pkgInfoOfZip(source) : pkgInfoOfTar(source);
  const metadata = parseCoreMetadata(bytes);
  // An old name with dashes can have several readings; the metadata decides between them.
  const named = readings.find((reading) => isOf(metadata, reading)) ?? readings[0];
  if (named === undefined) {
    throw new PackagingError("FILENAME", `not the name of an sdist: ${quote(filename)}: no name and version in it`, {
      hint: "source distributions are named NAME-VERSION.tar.gz (PEP 625)",
    });
  }
  return makeDistribution(filename, "sdist", named, { metadata, bytes });
}

function pkgInfoOfZip(source: ByteSource): Uint8Array {
  const archive = openZip(source);
  const top = topFolder(archive.entries.keys());
  const entry = archive.entries.get(`${top}/PKG-INFO`);
  if (entry === undefined) throw refuse(`${quote(`${top}/PKG-INFO`)} is missing`);
  return readMember(archive, entry, MAX_METADATA_BYTES);
}

function pkgInfoOfTar(source: ByteSource): Uint8Array {
  checkNotAlsoZip(source);
  const names: string[] = [];
  const files = new Set<string>();
  const found = new Map<string, Uint8Array>();
  readTar(gunzip(source), (entry, read) => {
    checkLink(entry, files);
    names.push(entry.name);
    if (entry.type !== "file") return;
    files.add(entry.name);
    if (!/^[^/]+\/PKG-INFO$/.test(entry.name)) return;
    if (entry.size > MAX_METADATA_BYTES) {
      throw new PackagingError("ARCHIVE_TOO_LARGE", `PKG-INFO has more than ${MAX_METADATA_BYTES} bytes`);
    }
    found.set(entry.name, read());
  });
  checkNoCollisions(names);
  const path = `${topFolder(names)}/PKG-INFO`;
  const bytes = found.get(path);
  if (bytes === undefined) throw refuse(`${quote(path)} is missing`);
  return bytes;
}
