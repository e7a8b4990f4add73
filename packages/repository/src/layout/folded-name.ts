import type { DistributionFilename } from "@countermark/packaging/naming";
import { formatVersion, parseWheelFilename } from "@countermark/packaging/naming";

/**
 * A file's name with all that must not tell two files of a project apart: case, the spelling of project and version,
 * and the order and case of tags (TRUST.md 7).
 */
export function foldedName({ kind, project, version, filename }: DistributionFilename): string {
  const release = `${project}-${formatVersion(version)}`;
  if (kind === "sdist") return release + (filename.endsWith(".zip") ? ".zip" : ".tar.gz");
  const { build, pythonTags, abiTags, platformTags } = parseWheelFilename(filename);
  const tags = [pythonTags, abiTags, platformTags].map((set) => [...set].sort().join("."));
  return [release, ...(build === undefined ? [] : [build]), ...tags].join("-").toLowerCase() + ".whl";
}
