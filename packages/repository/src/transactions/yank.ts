import { compareVersions, isVersion, parseDistributionFilename, parseVersion } from "@countermark/packaging/naming";
import { jsonObject } from "@countermark/tuf";
import { RepositoryError } from "../errors.ts";
import { projectPattern } from "../layout/paths.ts";
import { decodeReleaseFile, type ReleaseFile } from "../wire/release-file.ts";
import type { Judge, Present } from "./changes.ts";
import { requireUnclaimed } from "./standing.ts";
import { decodePayload, encodePayload, malformed, textMember } from "./transaction.ts";

/** Which files of a project are meant: one by its name, those of a release, or all. */
export interface FileChoice {
  readonly filename?: string;
  /** Any spelling of PEP 440: 1.0 means 1.0.0 too. */
  readonly version?: string;
}

/** Longest reason, in characters. */
export const MAX_REASON = 1000;

/** The payload of a `yank`, whose reason may be empty (PEP 592). */
export function yankPayload({ filename, version }: FileChoice, reason: string): Uint8Array {
  return encodePayload(jsonObject({ filename, version, reason }));
}

/** The payload of an `unyank`. */
export function unyankPayload({ filename, version }: FileChoice): Uint8Array {
  return encodePayload(jsonObject({ filename, version }));
}

/** The payload of a `delete`; the reason is for the log. */
export function deletePayload({ filename, version }: FileChoice, reason: string): Uint8Array {
  return encodePayload(jsonObject({ filename, version, reason }));
}

/** A reason: one line of printable text, which may be empty. */
export function isReason(text: string): boolean {
  return text.length <= MAX_REASON && !/[\u0000-\u001f\u007f]/.test(text) && text.isWellFormed();
}

/** Judges a `yank`. Yanking again changes the reason. */
export const judgeYank: Judge = (payload, present) => {
  const { files, reason } = chosen(payload, present, true);
  return { list: files.map(([, file]) => ({ ...file, yanked: reason === "" ? true : reason })) };
};

/** Judges an `unyank`. */
export const judgeUnyank: Judge = (payload, present) => {
  const { files } = chosen(payload, present, false);
  return {
    list: files.map(([, { yanked: _yanked, ...file }]) => file),
  };
};

/** Judges a `delete`: the files leave the list for ever, and so do their names. */
export const judgeDelete: Judge = (payload, present) => ({
  unlist: chosen(payload, present, true).files.map(([path]) => path),
});

type Listed = readonly [path: string, file: ReleaseFile];

function chosen(payload: Uint8Array, present: Present, withReason: boolean) {
  requireUnclaimed(present);
  const members = decodePayload(payload, withReason ? ["reason"] : [], ["filename", "version"]);
  const reason = withReason ? textMember(members, "reason") : "";
  if (!isReason(reason)) throw malformed("has an invalid reason");
  const choice: FileChoice = {
    ...(members.has("filename") && { filename: textMember(members, "filename") }),
    ...(members.has("version") && { version: textMember(members, "version") }),
  };
  const files = choose(choice, present);
  if (files.length > 0) return { files, reason };
  const what = choice.filename ?? (choice.version === undefined ? "a file" : `a release ${choice.version}`);
  throw new RepositoryError("NO_SUCH_FILE", `${present.project} has no ${what}`.replace("no a ", "no "));
}

function choose({ filename, version }: FileChoice, present: Present): readonly Listed[] {
  if (version !== undefined && !isVersion(version)) throw malformed("has an invalid version");
  const wanted = version === undefined ? undefined : parseVersion(version);
  return filesOf(present).filter(([, file]) => {
    if (filename !== undefined && file.filename !== filename) return false;
    return wanted === undefined || compareVersions(parseDistributionFilename(file.filename).version, wanted) === 0;
  });
}

/** The project's entries in `unclaimed.<hex>`. */
export function filesOf({ project, unclaimed }: Pick<Present, "project" | "unclaimed">): readonly Listed[] {
  const folder = projectPattern(project).slice(0, -1);
  const files: Listed[] = [];
  for (const [path, entry] of unclaimed)
    if (path.startsWith(folder)) files.push([path, decodeReleaseFile(path, entry)]);
  return files;
}
