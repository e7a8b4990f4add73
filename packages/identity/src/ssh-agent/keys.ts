import type { PublicKey } from "@countermark/tuf";
import { IdentityError } from "../errors.ts";
import { approvalKeyOf, type ApprovalKey } from "../ssh/approval-key.ts";
import { releaseKeyOf } from "../ssh/release-key.ts";
import { askAgent, type AgentAddress } from "./connection.ts";
import { listRequest, readKeys, type ListedKey } from "./protocol.ts";

/** A key of an agent that can sign roles: Ed25519, or ECDSA on P-256 (a PIV token's among them). */
export interface AgentReleaseKey {
  readonly kind: "release";
  readonly publicKey: PublicKey;
  /** The key as SSH writes it. */
  readonly blob: Uint8Array;
  readonly comment: string;
}

/** A key of an agent that can approve: FIDO2, RSA. */
export interface AgentApprovalKey {
  readonly kind: "approval";
  readonly approvalKey: ApprovalKey;
  readonly comment: string;
}

/** A key of an agent that is of use here. */
export type AgentKey = AgentReleaseKey | AgentApprovalKey;

/**
 * The keys of an agent that are of use here, in its order. Keys of other types, certificates, and keys that are malformed
 * or too weak are left out: one bad key does not spoil the others. Throws `IDENTITY_AGENT`, `IDENTITY_SSH`.
 */
export async function listAgentKeys(agent: AgentAddress): Promise<readonly AgentKey[]> {
  return readKeys(await askAgent(agent, listRequest())).flatMap((listed) => usableKey(listed) ?? []);
}

function usableKey({ blob, comment }: ListedKey): AgentKey | undefined {
  try {
    const publicKey = releaseKeyOf(blob);
    if (publicKey !== undefined) return { kind: "release", publicKey, blob, comment };
    const approvalKey = approvalKeyOf(blob);
    return approvalKey && { kind: "approval", approvalKey, comment };
  } catch (error) {
    if (error instanceof IdentityError) return undefined;
    throw error;
  }
}
