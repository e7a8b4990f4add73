import { PackagingError } from "../errors.ts";
import type { CoreMetadata } from "../metadata/parse.ts";
import { quote } from "../quote.ts";
import { compareVersions } from "../versions/compare.ts";
import { formatVersion } from "../versions/format.ts";
import type { Version } from "../versions/version.ts";
import type { Distribution } from "./distribution.ts";

interface Named {
  readonly name: string;
  readonly version: Version;
}

/** Whether metadata is of this project and version (PEP 440 equality: 1.0 is 1.0.0). */
export function isOf(metadata: CoreMetadata, { name, version }: Named): boolean {
  return metadata.project === name && compareVersions(metadata.parsedVersion, version) === 0;
}

/** A distribution whose metadata and file name agree. Throws `METADATA_MISMATCH`. */
export function makeDistribution(
  filename: string,
  kind: "wheel" | "sdist",
  named: Named,
  { metadata, bytes }: { metadata: CoreMetadata; bytes: Uint8Array },
): Distribution {
  if (!isOf(metadata, named)) {
    const stated = `${quote(metadata.name)} ${quote(metadata.version)}`;
    throw new PackagingError("METADATA_MISMATCH", `${quote(filename)} has metadata of ${stated}`, {
      hint: "a file's name and the metadata inside it must name the same project and version",
    });
  }
  return {
    filename,
    kind,
    project: named.name,
    version: formatVersion(named.version),
    metadata,
    metadataBytes: bytes,
    ...(metadata.requiresPython !== undefined && { requiresPython: metadata.requiresPython }),
  };
}
