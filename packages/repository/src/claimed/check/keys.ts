import type { PublicKey } from "@countermark/tuf";
import { projectRole } from "../../layout/role-names.ts";
import { MAX_CI_KEY_MS, MAX_CLOCK_SKEW_MS, MAX_KEYS } from "../limits.ts";
import type { ProjectDraft } from "../project-draft.ts";
import { refuse } from "./refuse.ts";
import { personsBehind } from "./signatures.ts";
import type { Situation } from "./situation.ts";

function keysOf({ owners, releasers }: ProjectDraft): readonly PublicKey[] {
  return [...owners.keys, ...(releasers?.keys ?? [])];
}

/** Who is let in holds a key that is fit for it, in one spelling, and not one that was withdrawn. */
export function requireFitKeys(draft: ProjectDraft, before: ProjectDraft | undefined, situation: Situation): void {
  const name = projectRole(draft.project);
  const known = new Set(before === undefined ? [] : keysOf(before).map(({ keyId }) => keyId));
  for (const set of [draft.owners, draft.releasers]) {
    const identities = set?.keys.map(({ identity }) => identity) ?? [];
    if (identities.length > MAX_KEYS) throw refuse("TX_KEY", `${name} names more than ${MAX_KEYS} keys`, name);
    if (new Set(identities).size !== identities.length) throw refuse("TX_KEY", `${name} names one key twice`, name);
  }
  for (const key of keysOf(draft)) {
    if (known.has(key.keyId)) continue;
    if (situation.withdrawn.has(key.identity)) {
      throw refuse("TX_KEY", `${name} lets in the withdrawn key ${key.identity.slice(0, 12)}`, name);
    }
    requireAdmissible(name, key, situation);
  }
}

function requireAdmissible(name: string, key: PublicKey, { requireAdmissible }: Situation): void {
  try {
    requireAdmissible(key);
  } catch (error) {
    throw refuse("TX_KEY", `${name} names a key that must not be let in: ${(error as Error).message}`, name);
  }
}

/** A threshold that nobody could meet would be the project's end. */
export function requireMeetable(draft: ProjectDraft): void {
  const name = projectRole(draft.project);
  for (const [who, set] of [["owners", draft.owners] as const, ["releasers", draft.releasers] as const]) {
    if (set === undefined) continue;
    const people = personsBehind(set.keys, draft).size;
    if (set.threshold > people) {
      throw refuse("TX_THRESHOLD", `${name} asks for ${set.threshold} ${who}, and names ${people} persons`, name);
    }
  }
}

/** TRUST.md 2: a CI key is never an owner, serves one project, lives at most 90 days, and is not alone where two are asked. */
export function requireCiRules(draft: ProjectDraft, before: ProjectDraft | undefined, situation: Situation): void {
  const name = projectRole(draft.project);
  const fail = (what: string) => refuse("TX_CI_KEY", `${name} ${what}`, name);
  const releasers = new Map(draft.releasers?.keys.map((key) => [key.keyId, key]));
  const owners = new Set(draft.owners.keys.map(({ identity }) => identity));
  for (const [keyId, end] of draft.ciKeys) {
    const key = releasers.get(keyId);
    if (key === undefined) throw fail("marks a key as one of CI that may not release");
    if (owners.has(key.identity)) throw fail("names a CI key as an owner");
    const known = before?.ciKeys.get(keyId);
    if (known === undefined && end > situation.now + MAX_CI_KEY_MS + MAX_CLOCK_SKEW_MS) {
      throw fail("lets a CI key live longer than 90 days");
    }
    if (known !== undefined && end > known) throw fail("lengthens the life of a CI key");
  }
  for (const key of keysOf(draft)) {
    // Of a key that this project takes for a person's, another one's mark says nothing: whoever owns a project can mark
    // anybody's public key, and would keep its holder from publishing anywhere.
    const other = draft.ciKeys.has(key.keyId) ? situation.ciProjectOf(key.identity) : undefined;
    if (other !== undefined && other !== draft.project) throw fail("names a CI key of another project");
    if (before?.ciKeys.has(key.keyId) === true && !draft.ciKeys.has(key.keyId)) {
      throw fail("takes a CI key for a person's");
    }
  }
  const people = [...releasers.keys()].filter((keyId) => !draft.ciKeys.has(keyId));
  if ((draft.releasers?.threshold ?? 1) > 1 && people.length === 0)
    throw fail("lets CI alone release where two are asked");
}
