import { PackagingError } from "../errors.ts";
import { quote } from "../quote.ts";
import { parseSdistFilename, sdistSuffix } from "../sdist/filename.ts";
import type { Version } from "../versions/version.ts";
import { parseWheelFilename } from "../wheel/filename.ts";

/** What the name of a distribution says, wheel or sdist alike. */
export interface DistributionFilename {
  readonly kind: "wheel" | "sdist";
  /** Normalised (PEP 503). */
  readonly project: string;
  readonly version: Version;
  /** As given. */
  readonly filename: string;
}

/**
 * Reads the name of a wheel or an sdist. `project` (normalised) decides between the readings of an old sdist name that
 * has several; a file of another project is refused. Throws `FILENAME`.
 */
export function parseDistributionFilename(filename: string, project?: string): DistributionFilename {
  const kind = distributionKind(filename);
  const { name, version } = kind === "wheel" ? parseWheelFilename(filename) : parseSdistFilename(filename, project);
  if (project !== undefined && name !== project) {
    throw new PackagingError("FILENAME", `${quote(filename)} is not a file of ${quote(project)}`);
  }
  return { kind, project: name, version, filename };
}

/** By the ending alone. Throws `FILENAME` for what is neither. */
export function distributionKind(filename: string): "wheel" | "sdist" {
  if (filename.endsWith(".whl")) return "wheel";
  if (sdistSuffix(filename) !== undefined) return "sdist";
  throw new PackagingError("FILENAME", `neither a wheel nor an sdist: ${quote(filename)}`, {
    hint: "only .whl, .tar.gz and .zip files are distributions here (no eggs, installers or other tar forms)",
  });
}
