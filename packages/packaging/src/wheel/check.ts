import type { ByteSource } from "../archive/source.ts";
import { readMember } from "../archive/zip/member.ts";
import { openZip, type ZipArchive } from "../archive/zip/zip.ts";
import type { Distribution } from "../distribution/distribution.ts";
import { attempt, type Report } from "../distribution/report.ts";
import { PackagingError } from "../errors.ts";
import { checkMetadataValues, promisedLicenseFiles } from "../metadata/check.ts";
import type { CoreMetadata } from "../metadata/parse.ts";
import { problem } from "../metadata/problem.ts";
import { quote } from "../quote.ts";
import { checkContents } from "./contents.ts";
import { findDistInfo } from "./dist-info.ts";
import { MAX_ENTRY_POINTS_BYTES, parseEntryPoints } from "./entry-points.ts";
import { parseWheelFilename } from "./filename.ts";
import { inspectOpenWheel, requireMember } from "./inspect.ts";
import { MAX_RECORD_BYTES, parseRecord } from "./record.ts";
import { checkWheelFile, MAX_WHEEL_FILE_BYTES } from "./wheel-file.ts";

/** Where the files below `.data` go (PEP 427, "The .data directory"). */
const SCHEMES: ReadonlySet<string> = new Set(["purelib", "platlib", "headers", "scripts", "data"]);

/**
 * Reads all of a wheel (PEP 427): what {@link inspectWheel} looks at, then WHEEL, RECORD against every member, entry
 * points, license files, the values of the metadata. Throws where the archive cannot be relied upon, reports the rest.
 */
export function checkWheel(filename: string, source: ByteSource, report: Report): Distribution {
  const wheel = parseWheelFilename(filename);
  const archive = openZip(source);
  const distribution = inspectOpenWheel(filename, wheel, archive);
  const distInfo = findDistInfo(archive.entries.keys(), wheel);
  const read = (name: string, limit: number) =>
    readMember(archive, requireMember(archive, `${distInfo}/${name}`), limit);
  attempt(report, () => {
    checkWheelFile(read("WHEEL", MAX_WHEEL_FILE_BYTES));
  });
  attempt(report, () => {
    checkContents(archive, distInfo, parseRecord(read("RECORD", MAX_RECORD_BYTES)), report);
  });
  attempt(report, () => {
    if (archive.entries.has(`${distInfo}/entry_points.txt`)) {
      parseEntryPoints(read("entry_points.txt", MAX_ENTRY_POINTS_BYTES));
    }
  });
  checkMetadataValues(distribution.metadata, report);
  checkLicenseFiles(archive, `${distInfo}/licenses/`, distribution.metadata, report);
  checkDataFolder(archive, distInfo, report);
  return distribution;
}

/** PEP 639: below `.dist-info/licenses`. */
function checkLicenseFiles(archive: ZipArchive, folder: string, metadata: CoreMetadata, report: Report): void {
  for (const path of promisedLicenseFiles(metadata)) {
    if (!archive.entries.has(`${folder}${path}`)) report(problem(`License-File ${quote(path)} is not in the wheel`));
  }
}

/** At most one `.data` folder, named as `.dist-info` is, with the known schemes in it. */
function checkDataFolder(archive: ZipArchive, distInfo: string, report: Report): void {
  const dataFolder = distInfo.replace(/\.dist-info$/, ".data");
  const strange = new Set<string>();
  for (const name of archive.entries.keys()) {
    const [top = "", scheme = ""] = name.split("/", 2);
    if (!top.toLowerCase().endsWith(".data")) continue;
    if (top !== dataFolder || (scheme !== "" && !SCHEMES.has(scheme))) strange.add(`${top}/${scheme}`);
  }
  for (const folder of strange) {
    report(
      new PackagingError("WHEEL_LAYOUT", `not laid out as a wheel: no installer knows where ${quote(folder)} goes`, {
        hint: `files outside the packages go below ${dataFolder}/ into one of: ${[...SCHEMES].join(", ")}`,
      }),
    );
  }
}
