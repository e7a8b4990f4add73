import type { DescribedChange, DescribedKey, KeysChange, ReleaseFile } from "@countermark/repository";
import { printable } from "../printable.ts";
import type { PreparedFile } from "./prepared-file.ts";
import type { PresentProject } from "./present-project.ts";

/** Digits of a key's identity that are shown, as `why` shows them. */
const KEY_DIGITS = 12;
/** Files of one kind that are shown with their digests; more are counted. */
const MAX_SHOWN = 200;

/**
 * What one is about to sign, in lines: project, version, on top of what, each file with its digest, and whatever is out of
 * the ordinary (TRUST.md 6).
 * @param sources where the added files were read from on this machine
 */
export function changeInWords(
  described: DescribedChange,
  { standing }: Pick<PresentProject, "standing">,
  sources: readonly PreparedFile[] = [],
): readonly string[] {
  const { added, removed, yanked, unyanked, adopted, kept } = described;
  const paths = new Map(sources.map((file) => [file.filename, file]));
  return [
    headline(described, standing),
    `  +${added.length} ${added.length === 1 ? "file" : "files"}, -${removed.length}; ${kept} stay as they are`,
    ...each("+", added, (file) => oddPlace(paths.get(file.filename))),
    ...each("-", removed, () => "gone for good: the name is never used again"),
    ...each("yank", yanked, ({ yanked: reason }) => (typeof reason === "string" ? `"${printable(reason)}"` : "")),
    ...each("unyank", unyanked, () => ""),
    ...each("adopt", adopted, () => "you vouch for these bytes without having built them"),
    ...keys("owner", described.owners),
    ...keys("releaser", described.releasers),
    ...status(described.status),
    ...described.warnings.map((warning) => `  warning: ${warning}`),
  ];
}

function status(change: DescribedChange["status"]): readonly string[] {
  if (change === undefined) return [];
  if (change === "active") return ["  status: active again; what its releasers said before is taken back"];
  const reason = change.reason === "" ? "" : `, "${printable(change.reason)}"`;
  return [`  status: ${change.status}${reason} (shown to people; installs go on)`];
}

function headline({ project, versions, onTopOf }: DescribedChange, standing: PresentProject["standing"]): string {
  const what = versions.length === 0 ? project : `${project} ${versions.join(", ")}`;
  if (standing === "none") return `${what}: a new project, yours from now on`;
  if (onTopOf === undefined) return `${what}: the project has no files yet`;
  const list = onTopOf.r === undefined ? "nobody signed it so far" : `r.${onTopOf.r}`;
  return `${what}, on top of ${onTopOf.version} (${list}, ${day(onTopOf.uploaded)})`;
}

function each(sign: string, files: readonly ReleaseFile[], note: (file: ReleaseFile) => string): readonly string[] {
  const lines = files.slice(0, MAX_SHOWN).map((file) => {
    const more = note(file);
    return `  ${sign} ${file.filename}  ${file.length} bytes, sha256 ${file.sha256}${more === "" ? "" : ` (${more})`}`;
  });
  return files.length > MAX_SHOWN ? [...lines, `  ${sign} … and ${files.length - MAX_SHOWN} more`] : lines;
}

function oddPlace(file: PreparedFile | undefined): string {
  return file === undefined || file.inDist ? "" : `not under dist/: ${printable(file.path)}`;
}

function keys(what: string, change: KeysChange | undefined): readonly string[] {
  if (change === undefined) return [];
  const { added, removed, threshold } = change;
  const line = (sign: string, key: DescribedKey): string => `  ${sign} ${what} ${nameOf(key)}`;
  return [
    ...added.map((key) => line("+", key)),
    ...removed.map((key) => line("-", key)),
    ...(threshold.before === threshold.after || threshold.before === 0
      ? []
      : [
          `  ${threshold.after} ${threshold.after === 1 ? what : `${what}s`} must sign from now on, ${threshold.before} did so far`,
        ]),
  ];
}

function nameOf({ identity, person, ciUntil }: DescribedKey): string {
  const who = person === undefined ? "" : `${printable(person)}, `;
  const ci = ciUntil === undefined ? "" : `, a CI key until ${day(ciUntil)}`;
  return `${who}key ${identity.slice(0, KEY_DIGITS)}${ci}`;
}

/** A day as people write it in tables: `2026-05-12`. */
export function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
