import type { ByteSource } from "../archive/source.ts";
import { readMember } from "../archive/zip/member.ts";
import { openZip, type ZipArchive } from "../archive/zip/zip.ts";
import type { Distribution } from "../distribution/distribution.ts";
import { makeDistribution } from "../distribution/identity.ts";
import { PackagingError } from "../errors.ts";
import { MAX_METADATA_BYTES, parseCoreMetadata } from "../metadata/parse.ts";
import { quote } from "../quote.ts";
import { findDistInfo } from "./dist-info.ts";
import { parseWheelFilename, type WheelFilename } from "./filename.ts";

/** What a wheel is. Reads its directory, its headers and METADATA; not its other content. Throws `PackagingError`. */
export function inspectWheel(filename: string, source: ByteSource): Distribution {
  const wheel = parseWheelFilename(filename);
  return inspectOpenWheel(filename, wheel, openZip(source));
}

/** {@link inspectWheel} of an archive that is open already. */
export function inspectOpenWheel(filename: string, wheel: WheelFilename, archive: ZipArchive): Distribution {
  const distInfo = findDistInfo(archive.entries.keys(), wheel);
  for (const needed of ["WHEEL", "RECORD"]) requireMember(archive, `${distInfo}/${needed}`);
  const entry = requireMember(archive, `${distInfo}/METADATA`);
  const bytes = readMember(archive, entry, MAX_METADATA_BYTES);
  return makeDistribution(filename, "wheel", wheel, { metadata: parseCoreMetadata(bytes), bytes });
}

/** A member that every wheel has. Throws `WHEEL_LAYOUT`. */
export function requireMember(archive: ZipArchive, name: string) {
  const entry = archive.entries.get(name);
  if (entry === undefined) {
    throw new PackagingError("WHEEL_LAYOUT", `not laid out as a wheel: ${quote(name)} is missing`, {
      hint: "a wheel has one NAME-VERSION.dist-info folder with METADATA, WHEEL and RECORD (PEP 427)",
    });
  }
  return entry;
}
