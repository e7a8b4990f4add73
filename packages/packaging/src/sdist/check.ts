import type { ByteSource } from "../archive/source.ts";
import type { Distribution } from "../distribution/distribution.ts";
import type { Report } from "../distribution/report.ts";
import { checkMetadataValues, promisedLicenseFiles } from "../metadata/check.ts";
import { problem } from "../metadata/problem.ts";
import { quote } from "../quote.ts";
import { compareVersions } from "../versions/compare.ts";
import { refuse } from "./contents.ts";
import { sdistReadings } from "./filename.ts";
import { identifySdist, readSdist } from "./inspect.ts";

/**
 * Reads all of an sdist: structure, every checksum, the name of its top folder (PEP 625), license files (PEP 639), the
 * values of the metadata. Throws where the archive cannot be relied upon, reports the rest.
 */
export function checkSdist(filename: string, source: ByteSource, report: Report): Distribution {
  const contents = readSdist(filename, source, { verify: true });
  const distribution = identifySdist(filename, contents);
  const { metadata, project } = distribution;
  const isNamed = sdistReadings(`${contents.top}.tar.gz`).some(
    ({ name, version }) => name === project && compareVersions(version, metadata.parsedVersion) === 0,
  );
  if (!isNamed) report(refuse(`its top folder ${quote(contents.top)} is not named after project and version`));
  checkMetadataValues(metadata, report);
  for (const path of promisedLicenseFiles(metadata)) {
    if (!contents.names.has(`${contents.top}/${path}`))
      report(problem(`License-File ${quote(path)} is not in the sdist`));
  }
  return distribution;
}
