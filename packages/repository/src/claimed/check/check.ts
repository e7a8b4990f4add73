import type { Envelope, Targets } from "@countermark/tuf";
import { ciEndWarning, endOfSigners } from "../../project/ci-end.ts";
import type { ReleaseFile } from "../../wire/release-file.ts";
import { draftWarnings } from "../describe.ts";
import { requireFewKeys } from "../key-limits.ts";
import { keysThatLeft } from "../left-keys.ts";
import type { KeySet } from "../owners-field.ts";
import { readProjectRole, type ProjectDraft } from "../project-draft.ts";
import { filesIn, type FileList } from "../release-change.ts";
import { newFiles, requireReceived, requireSameContent, requireUniqueNames, requireUploadTimes } from "./files.ts";
import { requireCiRules, requireFitKeys, requireMeetable } from "./keys.ts";
import { ownersDiffer, requireOwners, requireReleasers } from "./owners.ts";
import { refuse } from "./refuse.ts";
import {
  requireDelegation,
  requireExpiry,
  requireOwnPaths,
  requireShape,
  requireStanding,
  requireTogether,
  requireVersions,
} from "./roles.ts";
import { signersAmong } from "./signatures.ts";
import type { Offer, Situation } from "./situation.ts";

/** A transaction that passed every check, and what it comes to. */
export interface CheckedTransaction {
  readonly p: Envelope<Targets> | undefined;
  readonly r: Envelope<Targets>;
  /** What `p.` says from now on. */
  readonly draft: ProjectDraft;
  /** Whom a delegation of the index itself names from now on. */
  readonly owners: KeySet;
  /** The owners are others, or nobody's project has them now. */
  readonly ownersChanged: boolean;
  readonly files: FileList;
  readonly added: readonly ReleaseFile[];
  /** Identities of keys that left the project, to be withdrawn by status until the next ceremony (TRUST.md 3). */
  readonly left: readonly string[];
  /** Lines for people: what is allowed, and unwise. */
  readonly warnings: readonly string[];
}

/**
 * PEP 480, "Snapshot Process", and TRUST.md 2, 4 and 6: every check of a project transaction, in this order. Each is a
 * function with a code of its own. A refusal that only lacks signatures is {@link NotYetSigned}, and comes last.
 * @throws RepositoryError
 */
export function checkTransaction(offer: Offer, situation: Situation): CheckedTransaction {
  requireStanding(situation);
  requireTogether(offer, situation);
  requireVersions(offer, situation);
  requireExpiry(offer, situation);
  requireOwnPaths(offer, situation);
  requireDelegation(offer, situation);
  requireShape(offer, situation);
  const { before, after } = drafts(offer, situation);
  if (offer.p !== undefined) requireFewKeys(after);
  requireFitKeys(after, before, situation);
  requireMeetable(after);
  requireCiRules(after, before, situation);
  const lists = { before: filesBefore(situation), after: filesIn(offer.r?.signed, situation.project) };
  requireUniqueNames(lists);
  requireSameContent(lists, situation);
  requireUploadTimes(lists, situation);
  requireReceived(newFiles(lists), situation);
  requireOwners(offer, before, after, situation);
  requireReleasers(offer, after, situation);
  return outcome(offer, situation, { before, after }, { files: lists.after, added: newFiles(lists) });
}

interface Drafts {
  readonly before: ProjectDraft | undefined;
  readonly after: ProjectDraft;
}

function drafts(offer: Offer, situation: Situation): Drafts {
  const { project, p, delegated } = situation;
  const nobody: KeySet = { keys: [], threshold: 1 };
  const before = p && readProjectRole(project, p.signed, delegated ?? nobody);
  const after = offer.p === undefined ? before : readProjectRole(project, offer.p.signed, before?.owners ?? nobody);
  if (after === undefined || after.owners.keys.length === 0) {
    throw refuse("TX_OWNERS", `p.${project} does not say who owns the project`, `p.${project}`);
  }
  return { before, after };
}

function filesBefore({ project, r, unclaimed }: Situation): FileList {
  return r === undefined ? unclaimed : filesIn(r.signed, project);
}

function outcome(
  offer: Offer,
  situation: Situation,
  { before, after }: Drafts,
  files: Pick<CheckedTransaction, "files" | "added">,
): CheckedTransaction {
  const { p, r } = offer;
  if (r === undefined) throw new TypeError("a transaction without r was let through");
  const differ = before === undefined || ownersDiffer(before, after);
  const left = keysThatLeft(before, after).filter((identity) => p === undefined || canGo(identity, p, situation));
  return {
    p,
    r,
    draft: after,
    owners: after.owners,
    ownersChanged: differ,
    ...files,
    left,
    warnings: [...draftWarnings(after), ...ciWarning(r, after, situation)],
  };
}

/** Whoever releases by CI alone hears until when that holds. */
function ciWarning(r: Envelope<Targets>, after: ProjectDraft, { withdrawn }: Situation): readonly string[] {
  if (after.releasers === undefined || after.ciKeys.size === 0) return [];
  const signers = signersAmong(r, after.releasers, withdrawn).map(({ keyId }) => keyId);
  const end = endOfSigners(signers, after.releasers.threshold, after);
  return end === undefined ? [] : [ciEndWarning(after.project, end)];
}

/**
 * While a claim's delegation still names an owner who left, `p.` must meet its threshold without that key before the key
 * can count for nothing: else the project would be refused until the ceremony.
 */
function canGo(identity: string, p: Envelope<Targets>, { standing, delegated, withdrawn }: Situation): boolean {
  if (standing !== "claimed" || delegated?.keys.some((key) => key.identity === identity) !== true) return true;
  const without = new Map([...withdrawn, [identity, ""]]);
  return signersAmong(p, delegated, without).length >= delegated.threshold;
}
