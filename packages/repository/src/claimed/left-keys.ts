import type { StatusShard } from "../status/status.ts";
import type { ProjectDraft } from "./project-draft.ts";

/** What is said of a key that its project's owners have let go. */
const LEFT = "its project has let it go";

/** Identities of all owners' and releasers' keys. */
export function keysNamed({ owners, releasers }: ProjectDraft): ReadonlySet<string> {
  return new Set([...owners.keys, ...(releasers?.keys ?? [])].map(({ identity }) => identity));
}

/** Identities of keys that a project named before and does not any more. */
export function keysThatLeft(before: ProjectDraft | undefined, after: ProjectDraft): readonly string[] {
  const present = keysNamed(after);
  return before === undefined ? [] : [...keysNamed(before)].filter((identity) => !present.has(identity));
}

/** Withdraws keys in the project that let them go, until a ceremony has recorded that (TRUST.md 3). */
export function withLeft(status: StatusShard, project: string, identities: readonly string[]): StatusShard {
  const keys = new Map([...(status.projectKeys.get(project) ?? []), ...identities.map((key) => [key, LEFT] as const)]);
  return { ...status, projectKeys: new Map([...status.projectKeys, [project, keys]]) };
}

/**
 * Lifts those withdrawals that a ceremony has made needless: its floors let no `p.` count that names the key.
 * @param counting what every version of `p.` says from the one that the ceremony recorded to the present one
 * @returns undefined where nothing is to be lifted
 */
export function withoutLeft(
  status: StatusShard,
  project: string,
  counting: readonly ProjectDraft[],
): StatusShard | undefined {
  const withdrawn = status.projectKeys.get(project);
  if (withdrawn === undefined || counting.length === 0) return undefined;
  const named = new Set(counting.flatMap((draft) => [...keysNamed(draft)]));
  const kept = new Map([...withdrawn].filter(([identity]) => named.has(identity)));
  if (kept.size === withdrawn.size) return undefined;
  const projectKeys = new Map(status.projectKeys);
  if (kept.size === 0) projectKeys.delete(project);
  else projectKeys.set(project, kept);
  return { ...status, projectKeys };
}
