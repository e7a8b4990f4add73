import type { Identity } from "../identity/identity.ts";
import { TwoKeyIdentity } from "../identity/two-keys.ts";
import { IdentityError } from "../errors.ts";
import type { KeyHandle } from "../keys/key-handle.ts";
import { tufSignatureOf } from "../ssh/release-key.ts";
import type { StatementContext } from "../statement/statement.ts";
import { statementMessage } from "../statement/statement.ts";
import type { Statements } from "../statement/purposes.ts";
import { askAgent, type AgentAddress } from "./connection.ts";
import type { AgentApprovalKey, AgentReleaseKey } from "./keys.ts";
import { readSignature, RSA_SHA2_512, signRequest } from "./protocol.ts";

/**
 * An identity whose release key stays in an agent (a PIV token through PKCS #11, or a key that was added). Statements to
 * the index are signed with the login key of another identity, as a rule that of this machine, which stays the caller's:
 * closed, it signs no more.
 *
 * An agent takes at most 256 KiB: a role of more than about 800 files cannot be signed through one (`IDENTITY_TOO_LARGE`).
 * Throws `IDENTITY_KEY` where both keys are one, `IDENTITY_CLOSED`.
 */
export function agentIdentity(agent: AgentAddress, release: AgentReleaseKey, login: Identity): Identity {
  return new TwoKeyIdentity("ssh-agent", agentHandle(agent, release), TwoKeyIdentity.lendLogin(login));
}

/**
 * Has an approval key of an agent sign that the keys of a machine belong to its account; what `verifyApproval` takes. The
 * person may have to touch the key. Throws `IDENTITY_AGENT`, `IDENTITY_SSH`, `IDENTITY_STATEMENT`, and `IDENTITY_PROOF` for
 * a signature that is not the key's.
 */
export async function approveWithAgent(
  agent: AgentAddress,
  { approvalKey }: AgentApprovalKey,
  context: StatementContext,
  statement: Statements["approve"],
): Promise<Uint8Array> {
  const message = statementMessage({ purpose: "approve", context, statement });
  const flags = approvalKey.type === "ssh-rsa" ? RSA_SHA2_512 : 0;
  const signature = readSignature(await askAgent(agent, signRequest(approvalKey.blob, message, flags)));
  if (approvalKey.check(message, signature) !== undefined) return signature;
  throw new IdentityError("IDENTITY_PROOF", "the ssh-agent returned an approval that does not verify");
}

function agentHandle(agent: AgentAddress, { publicKey, blob }: AgentReleaseKey): KeyHandle {
  let closed = false;
  return {
    publicKey,
    async sign(message) {
      if (closed) throw new IdentityError("IDENTITY_CLOSED", "the key was closed before");
      const answer = await askAgent(agent, signRequest(blob, message, 0));
      return tufSignatureOf(readSignature(answer), publicKey);
    },
    close() {
      closed = true;
    },
  };
}
