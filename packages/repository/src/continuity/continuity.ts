import type { SeenRole } from "../ceremony/promotion/state-lines.ts";
import type { ProjectDraft } from "../claimed/project-draft.ts";
import type { Protection } from "../project/listing.ts";
import type { Owners } from "../project/owners.ts";
import { equalOwners, namesOf, ownersIn } from "./owners-trace.ts";

/** What an installer remembers of a project that it once saw. */
export interface KnownProject {
  readonly protection: Protection;
  /** Only of claimed and recently claimed projects. */
  readonly owners?: Owners;
  /** The `p.` that was seen, from which its chain goes on. */
  readonly p?: SeenRole;
  /** `x-countermark-epoch` at that time. */
  readonly epoch: number;
  /** SHA-256 by name of the files that were handed to an installer. */
  readonly files: ReadonlyMap<string, string>;
  /** Its own role lists no file at all, and the operator has taken none away. Only of what stands. */
  readonly deleted?: boolean;
}

/** How a change is taken: silently, with a note, with a warning that names names, or not at all. */
export interface Judgement {
  readonly verdict: "same" | "note" | "warn" | "refuse";
  /** One line without a full stop; empty for `same`. */
  readonly reason: string;
}

const SAME: Judgement = { verdict: "same", reason: "" };
const note = (reason: string): Judgement => ({ verdict: "note", reason });
const warn = (reason: string): Judgement => ({ verdict: "warn", reason });
const refuse = (reason: string): Judgement => ({ verdict: "refuse", reason });

/**
 * Judges what became of a project since this installer last saw it, by the table of docs/spec/floors.md. An index
 * that was broken into may show a new installer any recent claim; one that knew the project must not be fooled.
 * @param trace what each version of `p.` says, from the one that was known to the present one, as `traceOwners` found
 */
export function judgeChange(
  project: string,
  before: KnownProject,
  after: KnownProject,
  trace: readonly ProjectDraft[] = [],
): Judgement {
  const changed = changedFile(before, after);
  if (changed !== undefined)
    return refuse(`${changed} of ${project} is not the file it was when it was installed before`);
  switch (before.protection) {
    case "claimed":
      return fromClaimed(project, before, after, trace);
    case "sealed":
      return fromSealed(project, after, trace);
    case "recently-claimed":
      return fromRecentlyClaimed(project, before, after, trace);
    case "unclaimed":
      return fromUnclaimed(project, before, after, trace);
  }
}

/** A file name never stands for other bytes, whoever signs: not in any state, not across any change. */
function changedFile(before: KnownProject, after: KnownProject): string | undefined {
  for (const [filename, sha256] of before.files) {
    const now = after.files.get(filename);
    if (now !== undefined && now !== sha256) return filename;
  }
  return undefined;
}

type Trace = readonly ProjectDraft[];

/** Owners that the chain from the known ones passes are owners by their word; the delegation may lag behind its end. */
function judgeOwners(project: string, before: KnownProject, after: KnownProject, trace: Trace): Judgement {
  const { owners } = after;
  if (owners === undefined || equalOwners(before.owners, owners)) return judgeDeletion(project, before, after);
  if (!trace.some((draft) => equalOwners(ownersIn(draft.owners), owners))) {
    return refuse(`${project} has other owners than before, and nothing shows that the old ones agreed`);
  }
  const [old, now] = [namesOf(before.owners?.keys ?? [], trace), namesOf(owners.keys, trace)];
  return warn(`${project} is owned by not the same people as before: ${now}, after ${old}, who have all signed that`);
}

/** A tombstone is told of to whoever has installed something of the project: for others there is nothing to miss. */
function judgeDeletion(project: string, before: KnownProject, after: KnownProject): Judgement {
  if (after.deleted !== true || before.files.size === 0) return SAME;
  return warn(`${project} was deleted by its owners: it lists no file any more, and its name stays taken`);
}

function fromClaimed(project: string, before: KnownProject, after: KnownProject, trace: Trace): Judgement {
  if (after.protection === "claimed") return judgeOwners(project, before, after, trace);
  if (after.protection === "sealed") return note(`${project}, once claimed, is sealed as it was`);
  return refuse(`${project} was claimed by its owners and no longer is`);
}

function fromSealed(project: string, after: KnownProject, trace: Trace): Judgement {
  if (after.protection === "sealed") return SAME;
  if (after.protection === "claimed")
    return warn(`${project}, once sealed, is now claimed by ${namesOf(after.owners?.keys ?? [], trace)}`);
  return refuse(`${project} was sealed and no longer is`);
}

function fromRecentlyClaimed(project: string, before: KnownProject, after: KnownProject, trace: Trace): Judgement {
  const { protection } = after;
  const sameClaim = protection === "claimed" || protection === "recently-claimed";
  const cleared = after.epoch > before.epoch;
  if (sameClaim && (!cleared || equalOwners(before.owners, after.owners))) {
    return judgeOwners(project, before, after, trace);
  }
  if (cleared) return warn(`the recent claim of ${project} was dropped when the index recovered`);
  return refuse(`${project} was claimed by its owners and no longer is`);
}

function fromUnclaimed(project: string, before: KnownProject, after: KnownProject, trace: Trace): Judgement {
  if (after.protection === "unclaimed") return SAME;
  if (after.protection === "sealed") return note(`${project} is sealed now`);
  const what = `${project} is now claimed by ${namesOf(after.owners?.keys ?? [], trace)}`;
  return before.files.size > 0 ? warn(`${what}; it had files before that`) : note(what);
}
