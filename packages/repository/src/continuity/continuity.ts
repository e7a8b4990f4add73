import type { Protection } from "../project/listing.ts";
import type { Owners } from "../project/owners.ts";

/** What an installer remembers of a project that it once saw. */
export interface KnownProject {
  readonly protection: Protection;
  /** Only of claimed and recently claimed projects. */
  readonly owners?: Owners;
  /** `x-countermark-epoch` at that time. */
  readonly epoch: number;
  /** SHA-256 by name of the files that were handed to an installer. */
  readonly files: ReadonlyMap<string, string>;
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
 */
export function judgeChange(project: string, before: KnownProject, after: KnownProject): Judgement {
  const changed = changedFile(before, after);
  if (changed !== undefined)
    return refuse(`${changed} of ${project} is not the file it was when it was installed before`);
  switch (before.protection) {
    case "claimed":
      return fromClaimed(project, before, after);
    case "sealed":
      return fromSealed(project, after);
    case "recently-claimed":
      return fromRecentlyClaimed(project, before, after);
    case "unclaimed":
      return fromUnclaimed(project, before, after);
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

function fromClaimed(project: string, before: KnownProject, after: KnownProject): Judgement {
  if (after.protection === "claimed") {
    if (sameOwners(before.owners, after.owners)) return SAME;
    return refuse(`${project} has other owners than before, and nothing shows that the old ones agreed`);
  }
  if (after.protection === "sealed") return note(`${project}, once claimed, is sealed as it was`);
  return refuse(`${project} was claimed by its owners and no longer is`);
}

function fromSealed(project: string, after: KnownProject): Judgement {
  if (after.protection === "sealed") return SAME;
  if (after.protection === "claimed") return warn(`${project}, once sealed, is now claimed by ${names(after.owners)}`);
  return refuse(`${project} was sealed and no longer is`);
}

function fromRecentlyClaimed(project: string, before: KnownProject, after: KnownProject): Judgement {
  const { protection } = after;
  if (protection === "claimed" || protection === "recently-claimed") {
    if (sameOwners(before.owners, after.owners)) return SAME;
    return refuse(`${project} has other owners than before, and nothing shows that the old ones agreed`);
  }
  if (after.epoch > before.epoch) return warn(`the recent claim of ${project} was dropped when the index recovered`);
  return refuse(`${project} was claimed by its owners and no longer is`);
}

function fromUnclaimed(project: string, before: KnownProject, after: KnownProject): Judgement {
  if (after.protection === "unclaimed") return SAME;
  if (after.protection === "sealed") return note(`${project} is sealed now`);
  const what = `${project} is now claimed by ${names(after.owners)}`;
  return before.files.size > 0 ? warn(`${what}; it had files before that`) : note(what);
}

function sameOwners(a: Owners | undefined, b: Owners | undefined): boolean {
  return b !== undefined && a?.threshold === b.threshold && a.keys.join() === b.keys.join();
}

/** Digits of a key's identity that people are shown. */
const SHOWN_DIGITS = 12;

function names(owners: Owners | undefined): string {
  return (owners?.keys ?? []).map((key) => key.slice(0, SHOWN_DIGITS)).join(", ");
}
