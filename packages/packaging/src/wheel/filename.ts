import { PackagingError } from "../errors.ts";
import { isName, normaliseName } from "../names/name.ts";
import { quote } from "../quote.ts";
import { isVersion, parseVersion, type Version } from "../versions/version.ts";

/** Longest file name that file systems commonly hold. */
export const MAX_FILENAME_LENGTH = 255;

/** What the name of a wheel says (PEP 427, "File name convention"). */
export interface WheelFilename {
  /** Normalised (PEP 503). */
  readonly name: string;
  readonly version: Version;
  /** The build tag, as written: digits, then anything. */
  readonly build?: string;
  /** Compressed tag sets (PEP 425), taken apart; as written. */
  readonly pythonTags: readonly string[];
  readonly abiTags: readonly string[];
  readonly platformTags: readonly string[];
}

const SUFFIX = ".whl";
const TAGS = /^[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*$/;
/** Python tags name an implementation first (PEP 425): none begins with a digit. */
const PYTHON_TAGS = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*$/;
const BUILD = /^[0-9][A-Za-z0-9_.]*$/;

/** Reads the name of a wheel. Throws `FILENAME`. */
export function parseWheelFilename(filename: string): WheelFilename {
  if (!filename.endsWith(SUFFIX)) throw refuse(filename, "it does not end with .whl");
  if (filename.length > MAX_FILENAME_LENGTH)
    throw refuse(filename, `it has more than ${MAX_FILENAME_LENGTH} characters`);
  const parts = filename.slice(0, -SUFFIX.length).split("-");
  if (parts.length !== 5 && parts.length !== 6) throw refuse(filename, "it has not five or six parts between dashes");
  const [distribution = "", version = ""] = parts;
  const [python = "", abi = "", platform = ""] = parts.slice(-3);
  const build = parts.length === 6 ? (parts[2] ?? "") : undefined;
  if (!isName(distribution) || distribution.includes("__")) throw refuse(filename, "its first part is no project name");
  if (!isVersion(version) || /\s/.test(version)) throw refuse(filename, "its second part is no version");
  if (build !== undefined && !BUILD.test(build)) throw refuse(filename, "its build tag does not begin with a digit");
  if (!PYTHON_TAGS.test(python) || !TAGS.test(abi) || !TAGS.test(platform))
    throw refuse(filename, "its tags are malformed");
  return {
    name: normaliseName(distribution),
    version: parseVersion(version),
    ...(build !== undefined && { build }),
    pythonTags: python.split("."),
    abiTags: abi.split("."),
    platformTags: platform.split("."),
  };
}

function refuse(filename: string, reason: string): PackagingError {
  return new PackagingError("FILENAME", `not the name of a wheel: ${quote(filename)}: ${reason}`, {
    hint: "wheels are named NAME-VERSION-PYTHON-ABI-PLATFORM.whl (PEP 427)",
  });
}
