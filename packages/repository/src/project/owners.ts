import type { Delegations } from "@countermark/tuf";

/** Who owns a claimed project: what the claim's delegation says of the keys of `p.<project>`. */
export interface Owners {
  /** Identities of public keys (SHA-256 of the decoded key), sorted. */
  readonly keys: readonly string[];
  readonly threshold: number;
}

/** The owners that a shard's delegation to `role` names, or `undefined` where there is none. */
export function ownersOf(delegations: Delegations | undefined, role: string): Owners | undefined {
  const delegation = delegations?.roles.get(role);
  if (delegations === undefined || delegation === undefined) return undefined;
  const identities = delegation.keyIds.flatMap((keyId) => delegations.keys.get(keyId)?.identity ?? []);
  return { keys: [...new Set(identities)].sort(), threshold: delegation.threshold };
}
