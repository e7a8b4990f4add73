import { makeSnapshot, makeTargets, makeTimestamp, type FileMeta } from "@countermark/tuf";
import { RepositoryError } from "../errors.ts";
import type { Lifetimes } from "../layout/lifetimes.ts";
import type { Publication } from "./publish.ts";
import { makeRoleFile, snapshotEntry, type RoleContent, type RoleFile, type RoleRecord } from "./role-file.ts";
import { onlineRoleOf, signerOf, type OnlineSigners } from "./signers.ts";

/** A role that the index signs anew, above a version that somebody may have seen. */
export interface RestoredRole {
  readonly content: RoleContent;
  /** The highest version that is known to have been published. */
  readonly seen: number;
}

/** What a restored index starts from. */
export interface RepublicationInput {
  /** Roles that the index signs, all of them, by name. */
  readonly online: ReadonlyMap<string, RestoredRole>;
  /** The records of all other roles that snapshot lists, as they stand from now on. */
  readonly others: ReadonlyMap<string, RoleRecord>;
  /** The highest versions of snapshot and timestamp that are known to have been published. */
  readonly seen: { readonly snapshot: number; readonly timestamp: number };
  /** How far every version goes beyond what is known, since more may have been published. At least 1. */
  readonly jump: number;
  readonly signers: OnlineSigners;
  readonly lifetimes: Lifetimes;
  readonly now: number;
}

/**
 * How far versions must jump so that they lie above everything published since `since`, when nobody knows what that
 * was. A publication raises a version by one and takes longer than a millisecond, so the milliseconds gone by are more
 * than there can have been publications.
 */
export function jumpSince(since: number, now: number): number {
  return Math.max(0, now - since) + LEAST_JUMP;
}

/** Covers clocks that differ by some minutes. */
const LEAST_JUMP = 1_000_000;

/**
 * The first publication of a restored index: the one exception from "versions go up by exactly one", which is a rule
 * for publishers. Verifiers, ours and stock ones, only demand that no version goes back (TUF 5.4.3, 5.5.5).
 * @throws RepositoryError `PUBLICATION`
 */
export async function republish(input: RepublicationInput): Promise<Publication> {
  const { jump, signers, lifetimes, now, seen } = input;
  if (!(Number.isSafeInteger(jump) && jump >= 1)) throw new RepositoryError("PUBLICATION", "versions must go up");
  const meta = new Map<string, FileMeta>();
  for (const [name, record] of input.others) meta.set(name, snapshotEntry(record));
  const roles: RoleFile[] = [];
  for (const [name, { content, seen: above }] of input.online) {
    const role = onlineRoleOf(name);
    if (role === undefined) throw new RepositoryError("PUBLICATION", `the index may not sign role ${name}`, name);
    const targets = makeTargets({ ...content, version: above + jump, expires: now + lifetimes.online });
    const file = await makeRoleFile(name, targets, [signerOf(signers, role)]);
    roles.push(file);
    meta.set(name, snapshotEntry(file));
  }
  const listed = makeSnapshot({ version: seen.snapshot + jump, expires: now + lifetimes.online, meta });
  const snapshot = await makeRoleFile("snapshot", listed, [signers.snapshot]);
  const { version, length, sha256 } = snapshot;
  const timestamp = makeTimestamp({
    version: seen.timestamp + jump,
    expires: now + lifetimes.timestamp,
    snapshot: { version, length, hashes: new Map([["sha256", sha256]]), unknown: new Map() },
  });
  return { roles, snapshot, timestamp: await makeRoleFile("timestamp", timestamp, [signers.timestamp]) };
}
