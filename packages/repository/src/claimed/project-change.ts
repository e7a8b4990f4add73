import type { PublicKey } from "@countermark/tuf";
import { RepositoryError } from "../errors.ts";
import { requireFewKeys } from "./key-limits.ts";
import type { KeySet } from "./owners-field.ts";
import type { ProjectDraft } from "./project-draft.ts";

/** A key that is let in, with whose it is. */
export interface NewKey {
  readonly key: PublicKey;
  /** The person's label; keys without one are a person each. */
  readonly person?: string;
  /** Of a CI key: its end, in milliseconds since the epoch. */
  readonly ciUntil?: number;
}

/** What owners change in a project. What is left out stays as it is. */
export interface ProjectChange {
  readonly addOwners?: readonly NewKey[];
  /** Key ids. */
  readonly removeOwners?: readonly string[];
  readonly ownersThreshold?: number;
  readonly addReleasers?: readonly NewKey[];
  /** Key ids. */
  readonly removeReleasers?: readonly string[];
  readonly releaseThreshold?: number;
}

/**
 * The draft with a change. It is applied to whatever stands at the time, so that it can be applied anew to a newer state.
 * @throws RepositoryError `DRAFT` where nobody would own the project any more, or a threshold could not be met; `TX_KEYS`
 */
export function changeProject(draft: ProjectDraft, change: ProjectChange): ProjectDraft {
  const { addOwners = [], removeOwners = [], addReleasers = [], removeReleasers = [] } = change;
  const owners = changeKeys(draft.owners, addOwners, removeOwners, change.ownersThreshold);
  const before = draft.releasers ?? { keys: [], threshold: 1 };
  const releasers = changeKeys(before, addReleasers, removeReleasers, change.releaseThreshold);
  requireMeetable("owners", owners);
  if (releasers.keys.length > 0) requireMeetable("releasers", releasers);
  requireFewKeys({ ...draft, owners, releasers });
  const present = new Set([...owners.keys, ...releasers.keys].map(({ keyId }) => keyId));
  const added = [...addOwners, ...addReleasers];
  return {
    ...draft,
    owners,
    releasers: releasers.keys.length === 0 ? undefined : releasers,
    persons: merged(draft.persons, added, ({ person }) => person, present),
    ciKeys: merged(draft.ciKeys, added, ({ ciUntil }) => ciUntil, present),
  };
}

function changeKeys(before: KeySet, add: readonly NewKey[], remove: readonly string[], threshold?: number): KeySet {
  const keys = new Map(before.keys.map((key) => [key.identity, key]));
  for (const [identity, { keyId }] of [...keys]) if (remove.includes(keyId)) keys.delete(identity);
  for (const { key } of add) keys.set(key.identity, key);
  return { keys: [...keys.values()], threshold: threshold ?? before.threshold };
}

function merged<T>(
  before: ReadonlyMap<string, T>,
  added: readonly NewKey[],
  value: (added: NewKey) => T | undefined,
  present: ReadonlySet<string>,
): ReadonlyMap<string, T> {
  const after = new Map([...before].filter(([keyId]) => present.has(keyId)));
  for (const each of added) {
    const its = value(each);
    if (its !== undefined) after.set(each.key.keyId, its);
  }
  return after;
}

function requireMeetable(who: string, { keys, threshold }: KeySet): void {
  if (Number.isInteger(threshold) && threshold >= 1 && threshold <= keys.length) return;
  throw new RepositoryError("DRAFT", `${threshold} of ${keys.length} ${who} cannot sign: the project would be lost`);
}
