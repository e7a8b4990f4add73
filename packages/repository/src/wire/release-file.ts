import { parseDistributionFilename } from "@countermark/packaging/naming";
import {
  formatTime,
  jsonObject,
  makeTargetFile,
  parseTime,
  type JsonObject,
  type JsonValue,
  type TargetFile,
} from "@countermark/tuf";
import { RepositoryError } from "../errors.ts";
import { parseTargetPath, targetPath } from "../layout/paths.ts";

/** A file of a project, as its role signs it. */
export interface ReleaseFile {
  readonly filename: string;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly length: number;
  /** Milliseconds since the epoch, whole seconds. */
  readonly uploadTime: number;
  readonly requiresPython?: string;
  /** SHA-256 of the wheel's METADATA, lower-case hex (PEP 658). */
  readonly coreMetadata?: string;
  /** PEP 592: yanked, with a reason where there is one. */
  readonly yanked?: true | string;
  /** The signer did not build this file. */
  readonly adopted?: true;
}

/** Longest `requires-python` or reason, in characters. */
const MAX_TEXT = 1000;
const SHA256 = /^[0-9a-f]{64}$/;
/** The members of `custom`, named as in the simple JSON API where it has them (PEP 691, 700, 714). */
const FIELDS = new Set(["requires-python", "upload-time", "core-metadata", "yanked", "adopted"]);

/** The TUF entry of a file: its target path and what stands there. `project` is normalised. */
export function encodeReleaseFile(project: string, file: ReleaseFile): [string, TargetFile] {
  const custom = jsonObject({
    "upload-time": formatTime(file.uploadTime),
    "requires-python": file.requiresPython,
    "core-metadata": file.coreMetadata === undefined ? undefined : { sha256: file.coreMetadata },
    yanked: file.yanked,
    adopted: file.adopted,
  });
  const entry = makeTargetFile({ length: file.length, sha256: file.sha256, custom });
  return [targetPath(project, file.filename), entry];
}

/**
 * Reads the entry of a file. Strict: a field that is not known or not well-formed refuses the entry, and a file name
 * must be that of a distribution of the path's own project.
 * @throws RepositoryError `FILE_ENTRY`, `TARGET_PATH`
 */
export function decodeReleaseFile(path: string, entry: TargetFile): ReleaseFile {
  const { project, filename } = parseTargetPath(path);
  if (projectOf(path, filename) !== project) throw refuse(path, "is a file of another project");
  const custom: JsonObject = entry.custom ?? new Map();
  for (const name of custom.keys())
    if (!FIELDS.has(name)) throw refuse(path, `has an unknown field ${JSON.stringify(name)}`);
  const sha256 = entry.hashes.get("sha256");
  if (sha256 === undefined || !SHA256.test(sha256)) throw refuse(path, "has no SHA-256");
  const requiresPython = optionalText(path, "requires-python", custom.get("requires-python"));
  const coreMetadata = metadataDigest(path, custom.get("core-metadata"));
  const yanked = yankState(path, custom.get("yanked"));
  const adopted = custom.get("adopted");
  if (adopted !== undefined && adopted !== true) throw refuse(path, "has an invalid adopted");
  return {
    filename,
    sha256,
    length: entry.length,
    uploadTime: uploadTime(path, custom.get("upload-time")),
    ...(requiresPython !== undefined && { requiresPython }),
    ...(coreMetadata !== undefined && { coreMetadata }),
    ...(yanked !== undefined && { yanked }),
    ...(adopted === true && { adopted }),
  };
}

function refuse(path: string, what: string): RepositoryError {
  return new RepositoryError("FILE_ENTRY", `file ${path} ${what}`);
}

function projectOf(path: string, filename: string): string {
  try {
    return parseDistributionFilename(filename).project;
  } catch {
    throw refuse(path, "has a name that is no wheel's or sdist's");
  }
}

function optionalText(path: string, field: string, value: JsonValue | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "string" || value.length > MAX_TEXT || hasControl(value))
    throw refuse(path, `has an invalid ${field}`);
  return value;
}

function hasControl(text: string): boolean {
  return /[\u0000-\u001f\u007f]/.test(text);
}

function metadataDigest(path: string, value: JsonValue | undefined): string | undefined {
  if (value === undefined) return undefined;
  const digest = value instanceof Map && value.size === 1 ? (value as JsonObject).get("sha256") : undefined;
  if (typeof digest !== "string" || !SHA256.test(digest)) throw refuse(path, "has an invalid core-metadata");
  return digest;
}

function yankState(path: string, value: JsonValue | undefined): true | string | undefined {
  if (value === true || value === undefined) return value;
  return optionalText(path, "yanked", value);
}

function uploadTime(path: string, value: JsonValue | undefined): number {
  try {
    if (typeof value === "string") return parseTime(value);
  } catch {
    // Refused below, with the path.
  }
  throw refuse(path, "has no valid upload-time");
}
