import { TufError } from "../errors.ts";
import type { PublicKey } from "../keys/key.ts";
import type { Envelope, Metadata, RoleKeys } from "./model.ts";

/**
 * Whether enough keys of the role have signed (TUF 5.3.4 and its likes). What counts is the decoded public key, not its
 * key id: one key under two ids or in two encodings is one key.
 * Throws `TUF_SIGNATURE`.
 */
export function verifySignatures(
  envelope: Envelope<Metadata>,
  keys: ReadonlyMap<string, PublicKey>,
  role: RoleKeys,
  roleName: string,
): void {
  const threshold = checkedThreshold(role, roleName);
  const signedBy = new Set<string>();
  for (const keyId of role.keyIds) {
    if (signedBy.size >= threshold) return;
    const key = keys.get(keyId);
    const signature = envelope.signatures.get(keyId);
    if (key === undefined || signature === undefined || signedBy.has(key.identity)) continue;
    if (key.verify(envelope.message, signature)) signedBy.add(key.identity);
  }
  if (signedBy.size >= threshold) return;
  throw new TufError("TUF_SIGNATURE", `${roleName} is signed by ${signedBy.size} of the ${threshold} keys it needs`, {
    role: roleName,
  });
}

/** A threshold that was not read from metadata may be anything; below 1 nobody would need to sign. */
function checkedThreshold({ threshold }: RoleKeys, roleName: string): number {
  if (Number.isSafeInteger(threshold) && threshold >= 1) return threshold;
  throw new TufError("TUF_SIGNATURE", `the threshold of ${roleName} is ${threshold}`, { role: roleName });
}
