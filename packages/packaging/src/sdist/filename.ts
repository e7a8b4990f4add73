import { PackagingError } from "../errors.ts";
import { isName, normaliseName } from "../names/name.ts";
import { quote } from "../quote.ts";
import { isVersion, parseVersion, type Version } from "../versions/version.ts";
import { MAX_FILENAME_LENGTH } from "../wheel/filename.ts";

/** What the name of an sdist says. */
export interface SdistFilename {
  /** Normalised (PEP 503). */
  readonly name: string;
  readonly version: Version;
}

/** Endings of sdists: PEP 625's, and the older one that installers still take. */
const SUFFIXES = [".tar.gz", ".zip"] as const;

/** `.tar.gz` or `.zip`, or nothing if it is no sdist's. */
export function sdistSuffix(filename: string): ".tar.gz" | ".zip" | undefined {
  return SUFFIXES.find((suffix) => filename.endsWith(suffix));
}

/**
 * Reads the name of an sdist: PEP 625's form, and the older ones with dashes in the name. `foo-2-1.tar.gz` can be `foo`
 * 2.post1 or `foo-2` 1: it is refused, unless `project` (normalised) says which. Throws `FILENAME`.
 */
export function parseSdistFilename(filename: string, project?: string): SdistFilename {
  const readings = sdistReadings(filename).filter(({ name }) => project === undefined || name === project);
  const [reading, other] = readings;
  if (reading === undefined) {
    throw refuse(filename, project === undefined ? "no name and version in it" : `it is not one of ${quote(project)}`);
  }
  if (other !== undefined) throw refuse(filename, "it can be read as more than one name and version");
  return reading;
}

/** Every way to read the name of an sdist: at each dash with a project name before and a version behind it. */
export function sdistReadings(filename: string): readonly SdistFilename[] {
  const suffix = sdistSuffix(filename);
  if (suffix === undefined) throw refuse(filename, "it ends with neither .tar.gz nor .zip");
  if (filename.length > MAX_FILENAME_LENGTH)
    throw refuse(filename, `it has more than ${MAX_FILENAME_LENGTH} characters`);
  const stem = filename.slice(0, -suffix.length);
  const readings: SdistFilename[] = [];
  for (let dash = stem.indexOf("-"); dash !== -1; dash = stem.indexOf("-", dash + 1)) {
    const [name, version] = [stem.slice(0, dash), stem.slice(dash + 1)];
    if (isName(name) && isVersion(version) && !/\s/.test(version)) {
      readings.push({ name: normaliseName(name), version: parseVersion(version) });
    }
  }
  return readings;
}

function refuse(filename: string, reason: string): PackagingError {
  return new PackagingError("FILENAME", `not the name of an sdist: ${quote(filename)}: ${reason}`, {
    hint: "source distributions are named NAME-VERSION.tar.gz (PEP 625)",
  });
}
