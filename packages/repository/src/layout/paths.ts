import { hash } from "node:crypto";
import { isNormalisedName } from "./names.ts";
import { RepositoryError } from "../errors.ts";

/** Hex digits of the hash that starts every target path. */
export const HASH_DIGITS = 4;
/** Longest file name, in characters: what common file systems hold. */
export const MAX_FILENAME = 255;

/** First four hex digits of SHA-256(project): what spreads projects over shards. `project` is normalised. */
export function projectHash(project: string): string {
  if (project !== last.project) last = { project, digits: hash("sha256", project, "hex").slice(0, HASH_DIGITS) };
  return last.digits;
}

/** Files of one project come one after the other. */
let last = { project: "", digits: hash("sha256", "", "hex").slice(0, HASH_DIGITS) };

/** The one pattern that covers all files of a project and nothing else: `<hhhh>/<project>/*`. */
export function projectPattern(project: string): string {
  return `${projectHash(project)}/${project}/*`;
}

/** The TUF target path of a file: `<hhhh>/<project>/<filename>`. */
export function targetPath(project: string, filename: string): string {
  return `${projectHash(project)}/${project}/${filename}`;
}

/** A target path taken apart. */
export interface TargetPath {
  readonly hash: string;
  readonly project: string;
  readonly filename: string;
}

const SAFE_FILENAME = /^[A-Za-z0-9_][A-Za-z0-9._+!-]*$/;

/**
 * Splits a target path and checks each part: a normalised project, its right hash, a file name without any trick.
 * @throws RepositoryError `TARGET_PATH`
 */
export function parseTargetPath(path: string): TargetPath {
  const parts = splitTargetPath(path);
  if (projectHash(parts.project) !== parts.hash) {
    throw new RepositoryError(
      "TARGET_PATH",
      `target path ${JSON.stringify(path)} does not start with its project's hash`,
    );
  }
  return parts;
}

/** As {@link parseTargetPath}, but for the hash, which the caller compares once for each project. */
export function splitTargetPath(path: string): TargetPath {
  const first = path.indexOf("/");
  const second = path.indexOf("/", first + 1);
  const hash = path.slice(0, first);
  const project = path.slice(first + 1, second);
  const filename = path.slice(second + 1);
  if (first !== HASH_DIGITS || second < 0 || !isNormalisedName(project) || !isSafeFilename(filename)) {
    throw new RepositoryError(
      "TARGET_PATH",
      `target path ${JSON.stringify(path.slice(0, 300))} is not <hhhh>/<project>/<file>`,
    );
  }
  return { hash, project, filename };
}

/** Whether a file name can stand in a path, a URL and a page without any escaping or second meaning. */
export function isSafeFilename(filename: string): boolean {
  return filename.length <= MAX_FILENAME && SAFE_FILENAME.test(filename);
}
