import { compareVersions, formatVersion, parseDistributionFilename } from "@countermark/packaging/naming";
import type { PublicKey } from "@countermark/tuf";
import type { ReleaseFile } from "../wire/release-file.ts";
import type { KeySet } from "./owners-field.ts";
import type { ProjectDraft } from "./project-draft.ts";
import type { FileList } from "./release-change.ts";
import type { ProjectWish } from "./wish.ts";

/** What is there before a change: nothing, files nobody signed for, or signed roles. */
export interface Before {
  readonly files: FileList;
  readonly draft?: ProjectDraft;
  /** Version of the present `r.`. */
  readonly r?: number;
  readonly wish?: ProjectWish;
}

export interface After {
  readonly files: FileList;
  readonly draft?: ProjectDraft;
  readonly wish?: ProjectWish;
}

/** A set of keys before and after. */
export interface KeysChange {
  readonly added: readonly DescribedKey[];
  readonly removed: readonly DescribedKey[];
  readonly threshold: { readonly before: number; readonly after: number };
}

export interface DescribedKey {
  readonly keyId: string;
  readonly identity: string;
  readonly person?: string;
  readonly ciUntil?: number;
}

/**
 * A change as the one who signs must see it before the passphrase prompt (TRUST.md 6): "project, version, on top of 2.31.0
 * (r.41, 12 May), +2 files, -0, digests".
 */
export interface DescribedChange {
  readonly project: string;
  /** Normalised versions of added files, lowest first. */
  readonly versions: readonly string[];
  /** The highest version that stands, the `r.` that lists it, and when its last file was uploaded. */
  readonly onTopOf?: { readonly version: string; readonly r?: number; readonly uploaded: number };
  readonly added: readonly ReleaseFile[];
  readonly removed: readonly ReleaseFile[];
  readonly yanked: readonly ReleaseFile[];
  readonly unyanked: readonly ReleaseFile[];
  /** Files that the signer takes over without having built them. */
  readonly adopted: readonly ReleaseFile[];
  /** Files that stay as they are. */
  readonly kept: number;
  readonly owners?: KeysChange;
  readonly releasers?: KeysChange;
  /** What the project is called from now on, where that changes. */
  readonly status?: ProjectWish | "active";
  /** Lines for people: what is allowed, and unwise. */
  readonly warnings: readonly string[];
}

/** What a change does, taken from the two states themselves: nothing that somebody says about it. */
export function describeChange(project: string, before: Before, after: After): DescribedChange {
  const added: ReleaseFile[] = [];
  const [yanked, unyanked, adopted]: [ReleaseFile[], ReleaseFile[], ReleaseFile[]] = [[], [], []];
  let kept = 0;
  for (const file of after.files.values()) {
    const present = before.files.get(file.filename);
    if (present === undefined || !sameContent(present, file)) added.push(file);
    else if (file.yanked !== undefined && file.yanked !== present.yanked) yanked.push(file);
    else if (file.yanked === undefined && present.yanked !== undefined) unyanked.push(file);
    else if (!(file.adopted === true && before.draft === undefined)) kept += 1;
    if (present !== undefined && sameContent(present, file) && file.adopted === true && before.draft === undefined)
      adopted.push(file);
  }
  const removed = [...before.files.values()].filter((file) => !sameContent(file, after.files.get(file.filename)));
  const onTopOf = latest(before);
  return {
    project,
    versions: versionsOf(added),
    ...(onTopOf !== undefined && { onTopOf }),
    ...{ added, removed, yanked, unyanked, adopted, kept },
    ...keysChange("owners", before, after),
    ...keysChange("releasers", before, after),
    ...statusChange(before.wish, after.wish),
    warnings: after.draft === undefined ? [] : draftWarnings(after.draft),
  };
}

/** A name that comes to stand for something else is a file removed and another one added, and must be seen as both. */
function sameContent(before: ReleaseFile, after: ReleaseFile | undefined): boolean {
  return (["sha256", "length", "requiresPython", "coreMetadata", "uploadTime"] as const).every(
    (member) => before[member] === after?.[member],
  );
}

function statusChange(before: ProjectWish | undefined, after: ProjectWish | undefined) {
  if (before?.status === after?.status && before?.reason === after?.reason) return {};
  return { status: after ?? ("active" as const) };
}

/** What is allowed in a project, and unwise (TRUST.md 2). */
export function draftWarnings({ owners, releasers }: Pick<ProjectDraft, "owners" | "releasers">): readonly string[] {
  if (releasers === undefined || owners.threshold >= releasers.threshold) return [];
  return [
    `${owners.threshold} of the owners can change who releases, where ${releasers.threshold} must sign a release: one stolen owner's key undoes the others`,
  ];
}

function parsed({ filename }: ReleaseFile) {
  return parseDistributionFilename(filename).version;
}

function versionsOf(files: readonly ReleaseFile[]): readonly string[] {
  const versions = new Map(files.map((file) => [formatVersion(parsed(file)), parsed(file)]));
  return [...versions].sort(([, a], [, b]) => compareVersions(a, b)).map(([text]) => text);
}

function latest({ files, r }: Before): DescribedChange["onTopOf"] {
  const version = versionsOf([...files.values()]).at(-1);
  if (version === undefined) return undefined;
  const uploaded = [...files.values()].reduce((time, { uploadTime }) => Math.max(time, uploadTime), 0);
  return { version, uploaded, ...(r !== undefined && { r }) };
}

function keysChange(
  which: "owners" | "releasers",
  before: Before,
  after: After,
): Partial<Record<"owners" | "releasers", KeysChange>> {
  if (after.draft === undefined) return {};
  const nobody: KeySet = { keys: [], threshold: 0 };
  const [old, present] = [before.draft?.[which] ?? nobody, after.draft[which] ?? nobody];
  const [were, are] = [
    old.keys.map((key) => describeKey(key, before.draft)),
    present.keys.map((key) => describeKey(key, after.draft)),
  ];
  const [added, removed] = [missingFrom(were, are), missingFrom(are, were)];
  const threshold = { before: old.threshold, after: present.threshold };
  if (added.length === 0 && removed.length === 0 && threshold.before === threshold.after) return {};
  return { [which]: { added, removed, threshold } };
}

/** A key that comes to be another person's, or CI's no more, is not the one that it was: thresholds count persons. */
function missingFrom(keys: readonly DescribedKey[], candidates: readonly DescribedKey[]): readonly DescribedKey[] {
  const text = ({ identity, person, ciUntil }: DescribedKey): string => JSON.stringify([identity, person, ciUntil]);
  const there = new Set(keys.map(text));
  return candidates.filter((key) => !there.has(text(key)));
}

function describeKey({ keyId, identity }: PublicKey, draft: ProjectDraft | undefined): DescribedKey {
  const [person, ciUntil] = [draft?.persons.get(keyId), draft?.ciKeys.get(keyId)];
  return { keyId, identity, ...(person !== undefined && { person }), ...(ciUntil !== undefined && { ciUntil }) };
}
