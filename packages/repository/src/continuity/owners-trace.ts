import { createHash } from "node:crypto";
import { readTargets, type Envelope, type PublicKey, type Targets } from "@countermark/tuf";
import type { SeenRole } from "../ceremony/promotion/state-lines.ts";
import { followChain } from "../claimed/check/chain.ts";
import { refuse } from "../claimed/check/refuse.ts";
import { readOwnersField, type KeySet } from "../claimed/owners-field.ts";
import type { ProjectDraft } from "../claimed/project-draft.ts";
import { projectRole } from "../layout/role-names.ts";
import type { Sharding } from "../layout/sharding.ts";
import type { Owners } from "../project/owners.ts";

/** Most versions of one `p.` that are followed from one visit to the next: it changes when people come and go. */
export const MAX_TRACED_VERSIONS = 128;

/** Where a trace begins: at the version that was seen before, or, when none was, at one that these owners stand in. */
export interface TraceStart {
  readonly owners: Owners;
  readonly p?: SeenRole;
}

/** What is followed to where. */
export interface TraceTask {
  readonly project: string;
  /** The present `p.`, verified under the delegation. */
  readonly p: Envelope<Targets>;
  /** Who the delegation to it names. */
  readonly delegated: KeySet;
  readonly sharding: Sharding;
  readonly start: TraceStart;
  /** The bytes of an older version; rejects where there are none. Nothing of them is believed. */
  readonly load: (version: number) => Promise<Uint8Array>;
}

/**
 * Follows `p.` from what an installer knows to what stands now, by signatures of its owners alone: nobody who holds only the
 * index's keys can make a step of it. Both ends are in what is returned.
 * @throws RepositoryError as {@link followChain}, or `TX_VERSION` where the chain does not begin at what is known
 */
export async function traceOwners(task: TraceTask): Promise<readonly ProjectDraft[]> {
  const { project, p, delegated, sharding, start, load } = task;
  const chain = [p];
  for (let first = p; !isStart(task, first); first = chain[0] ?? p) {
    requireEarlier(task, first, chain.length);
    chain.unshift(readTargets(await load(first.signed.version - 1)));
  }
  const named = equalOwners(ownersIn(delegated), start.owners) ? delegated : undefined;
  return followChain(project, chain, sharding, named);
}

function isStart({ project, start: { owners, p: seen } }: TraceTask, p: Envelope<Targets>): boolean {
  if (seen !== undefined) return p.signed.version === seen.version && digestOf(p) === seen.sha256;
  const own = readOwnersField(p.signed, projectRole(project));
  return own === undefined || equalOwners(ownersIn(own), owners);
}

function requireEarlier({ project, start: { p: seen } }: TraceTask, first: Envelope<Targets>, steps: number): void {
  const name = projectRole(project);
  const { version } = first.signed;
  const known =
    seen === undefined ? "a version in which its known owners stand" : `the version ${seen.version} seen before`;
  if (version <= (seen?.version ?? 1)) throw refuse("TX_VERSION", `${name} does not go back to ${known}`, name);
  if (steps <= MAX_TRACED_VERSIONS) return;
  throw refuse("TX_VERSION", `${name} is more than ${MAX_TRACED_VERSIONS} versions from ${known}`, name);
}

/** Keys by what they are, not by what they are called. */
export function ownersIn({ keys, threshold }: KeySet): Owners {
  return { keys: [...new Set(keys.map(({ identity }) => identity))].sort(), threshold };
}

export function equalOwners(a: Owners | undefined, b: Owners | undefined): boolean {
  return b !== undefined && a?.threshold === b.threshold && a.keys.join() === b.keys.join();
}

/** What is remembered of a `p.`. */
export function seenRole(p: Envelope<Targets>): SeenRole {
  return { version: p.signed.version, sha256: digestOf(p) };
}

function digestOf({ bytes }: Envelope<Targets>): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Digits of a key's identity that people are shown. */
const SHOWN_DIGITS = 12;

/** People by the owners' own labels, each with the beginning of the key: a label alone anybody could take. */
export function namesOf(identities: readonly string[], drafts: readonly ProjectDraft[]): string {
  const labels = new Map(
    drafts.flatMap((draft) => keysIn(draft).map((key) => [key.identity, draft.persons.get(key.keyId)])),
  );
  const name = (identity: string): string => {
    const [label, digits] = [labels.get(identity), identity.slice(0, SHOWN_DIGITS)];
    return label === undefined ? digits : `${label} (${digits})`;
  };
  return identities.map(name).join(", ");
}

function keysIn({ owners, releasers }: ProjectDraft): readonly PublicKey[] {
  return [...owners.keys, ...(releasers?.keys ?? [])];
}

/** What to tell somebody who installs a project that other people release than when they last saw it; else `undefined`. */
export function describeNewReleasers(drafts: readonly ProjectDraft[]): string | undefined {
  const [first, last] = [drafts[0], drafts.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const [before, after] = [first, last].map(({ releasers }) => releasers?.keys.map(({ identity }) => identity) ?? []);
  const without = (some: readonly string[] = [], others: readonly string[] = []): readonly string[] => {
    const known = new Set(others);
    return some.filter((identity) => !known.has(identity));
  };
  const [come, gone] = [without(after, before), without(before, after)];
  const parts = [
    ...(come.length > 0 ? [`${namesOf(come, drafts)} may now`] : []),
    ...(gone.length > 0 ? [`${namesOf(gone, drafts)} may no longer`] : []),
  ];
  if (parts.length === 0) return undefined;
  return `${last.project} is released by not the same people as before: ${parts.join(", ")}`;
}
