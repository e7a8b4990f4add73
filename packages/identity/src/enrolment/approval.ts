import { IdentityError } from "../errors.ts";
import type { ApprovalKey, Presence } from "../ssh/approval-key.ts";
import { statementMessage, type Claim } from "../statement/statement.ts";

/**
 * Checks that an approval key has signed that the keys of a machine belong to its account; throws `IDENTITY_PROOF`
 * otherwise, `IDENTITY_SSH` for a signature that is malformed. A FIDO key must have been touched, and its counter must be
 * above `lastCounter`, the highest that was seen of it: else there are two of them.
 *
 * Returns what the authenticator said, `undefined` for an RSA key. The caller keeps the counter, has given out the nonce
 * for this account, and takes it once.
 */
export function verifyApproval(
  claim: Claim<"approve">,
  key: ApprovalKey,
  signature: Uint8Array,
  lastCounter = 0,
): Presence | undefined {
  const verdict = key.check(statementMessage(claim), signature);
  if (verdict === undefined) {
    throw new IdentityError("IDENTITY_PROOF", "the approval is not signed by its key, or the key was not touched");
  }
  if (verdict === "rsa") return undefined;
  // WebAuthn, 7.2, 22: an authenticator that does not count says 0 for ever.
  if (verdict.counter > lastCounter || (verdict.counter === 0 && lastCounter === 0)) return verdict;
  throw new IdentityError("IDENTITY_PROOF", "the counter of the approval key did not rise: there may be a copy of it");
}
