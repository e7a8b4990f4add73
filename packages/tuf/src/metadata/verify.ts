import { TufError } from "../errors.ts";
import type { PublicKey } from "../keys/key.ts";
import type { Envelope, Metadata, RoleKeys } from "./model.ts";
import { shown } from "../shown.ts";

type Keys = ReadonlyMap<string, PublicKey>;

/**
 * Whether enough keys of the role have signed (TUF 5.3.4 and its likes). What counts is the decoded public key, not its
 * key id: one key under two ids or in two encodings is one key.
 * Throws `TUF_SIGNATURE`.
 */
export function verifySignatures(envelope: Envelope<Metadata>, keys: Keys, role: RoleKeys, roleName: string): void {
  const threshold = checkedThreshold(role, roleName);
  const signers = validSigners(envelope, keys, role.keyIds);
  let count = 0;
  while (count < threshold && signers.next().done !== true) count += 1;
  if (count >= threshold) return;
  throw new TufError("TUF_SIGNATURE", `${shown(roleName)} is signed by ${count} of the ${threshold} keys it needs`, {
    role: roleName,
  });
}

/** All distinct keys among `keyIds` whose signatures verify, whatever the threshold: to say who signed. */
export function signingKeys(envelope: Envelope<Metadata>, keys: Keys, keyIds: readonly string[]): readonly PublicKey[] {
  return [...validSigners(envelope, keys, keyIds)];
}

/** A wrong signature under one id does not spoil a right one of the same key under another. */
function* validSigners(envelope: Envelope<Metadata>, keys: Keys, keyIds: readonly string[]): Generator<PublicKey> {
  const signed = new Set<string>();
  for (const keyId of keyIds) {
    const key = keys.get(keyId);
    const signature = envelope.signatures.get(keyId);
    if (key === undefined || signature === undefined || signed.has(key.identity)) continue;
    if (!key.verify(envelope.message, signature)) continue;
    signed.add(key.identity);
    yield key;
  }
}

/** A threshold that was not read from metadata may be anything; below 1 nobody would need to sign. */
function checkedThreshold({ threshold }: RoleKeys, roleName: string): number {
  if (Number.isSafeInteger(threshold) && threshold >= 1) return threshold;
  throw new TufError("TUF_SIGNATURE", `the threshold of ${shown(roleName)} is ${threshold}`, { role: roleName });
}
