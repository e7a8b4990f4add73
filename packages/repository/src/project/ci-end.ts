import { formatTime, signingKeys, type Envelope, type RoleKeys, type Targets } from "@countermark/tuf";
import { readCiKeys } from "../claimed/ci-keys.ts";
import { readPersons } from "./persons.ts";

/** What counts signatures: whose key is whose, and when keys of CI end. */
interface Labels {
  readonly persons: ReadonlyMap<string, string>;
  readonly ciKeys: ReadonlyMap<string, number>;
}

/**
 * When a list stops being signed by enough, because keys of CI end that it needs; `undefined`: it does not. Milliseconds
 * since the epoch.
 * @param signers key ids of those who have signed
 */
export function endOfSigners(
  signers: readonly string[],
  threshold: number,
  { persons, ciKeys }: Labels,
): number | undefined {
  const ends = new Map<string, number>();
  for (const keyId of signers) {
    const label = persons.get(keyId);
    const person = label === undefined ? `key ${keyId}` : `person ${label}`;
    ends.set(person, Math.max(ends.get(person) ?? 0, ciKeys.get(keyId) ?? Infinity));
  }
  const end = [...ends.values()].sort((a, b) => b - a)[threshold - 1];
  return end === undefined || end === Infinity ? undefined : end;
}

/** The same of a verified release role, under the `p.` that delegates to it. */
export function ciEndOf(
  release: Envelope<Targets>,
  { keyIds, threshold }: RoleKeys,
  p: Targets,
  name: string,
): number | undefined {
  const ciKeys = readCiKeys(p, name);
  if (ciKeys.size === 0) return undefined;
  const signers = signingKeys(release, p.delegations?.keys ?? new Map(), keyIds).map(({ keyId }) => keyId);
  return endOfSigners(signers, threshold, { persons: readPersons(p, name), ciKeys });
}

/** What people must know of it, in one line. */
export function ciEndWarning(project: string, end: number): string {
  return `the list of ${project} rests on a key of CI that ends at ${formatTime(end)}: from then on nothing of it installs unless somebody who may release signs the list again before`;
}
