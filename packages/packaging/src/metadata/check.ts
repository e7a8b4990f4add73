import { attempt, type Report } from "../distribution/report.ts";
import { isName } from "../names/name.ts";
import { quote } from "../quote.ts";
import { parseSpecifiers } from "../versions/specifier.ts";
import type { CoreMetadata } from "./parse.ts";
import { problem } from "./problem.ts";
import { parseRequirement } from "./requirement.ts";
import {
  checkContentType,
  checkFieldNames,
  checkImportNames,
  checkLicenseExpression,
  isLicensePath,
} from "./values.ts";

/** Longest label of a project URL (core metadata specification). */
const MAX_URL_LABEL_LENGTH = 32;

/** Fields that must not be left to the build (PEP 643). */
const NEVER_DYNAMIC: ReadonlySet<string> = new Set(["name", "version", "metadata-version"]);

/** Checks the values of core metadata that tools act upon. Reports `SPECIFIER`, `REQUIREMENT`, `METADATA_FORMAT`. */
export function checkMetadataValues(metadata: CoreMetadata, report: Report): void {
  const { requiresPython, requiresDist, fields } = metadata;
  if (requiresPython !== undefined) attempt(report, () => parseSpecifiers(requiresPython));
  for (const requirement of requiresDist) attempt(report, () => parseRequirement(requirement));
  for (const extra of fields.get("provides-extra") ?? []) {
    if (!isName(extra)) report(problem(`Provides-Extra is not a name: ${quote(extra)}`));
  }
  for (const url of fields.get("project-url") ?? []) {
    const comma = url.indexOf(",");
    if (comma < 1 || comma > MAX_URL_LABEL_LENGTH) report(problem(`Project-URL is not 'Label, URL': ${quote(url)}`));
  }
  for (const field of fields.get("dynamic") ?? []) {
    if (NEVER_DYNAMIC.has(field.toLowerCase()))
      report(problem(`Dynamic names a field that must be fixed: ${quote(field)}`));
  }
  if (metadata.summary?.includes("\n") === true) report(problem("Summary has more than one line"));
  checkContentType(metadata, report);
  checkFieldNames(metadata, report);
  for (const path of licenseFiles(metadata)) {
    if (!isLicensePath(path)) report(problem(`License-File is no plain path below the folder: ${quote(path)}`));
  }
  checkLicenseExpression(metadata, report);
  checkImportNames(metadata, report);
}

/** License files that the metadata promises, from 2.4 on (PEP 639); before that, the field had no fixed meaning. */
export function promisedLicenseFiles(metadata: CoreMetadata): readonly string[] {
  return licenseFiles(metadata).filter(isLicensePath);
}

function licenseFiles({ metadataVersion, fields }: CoreMetadata): readonly string[] {
  return metadataVersion === "2.4" || metadataVersion === "2.5" ? (fields.get("license-file") ?? []) : [];
}
