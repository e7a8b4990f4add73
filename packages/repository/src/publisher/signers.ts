import type { Signer } from "@countermark/tuf";
import type { ShardedRole } from "../layout/sharding.ts";

/** The online keys of an index, one for each thing it may do by itself. */
export interface OnlineSigners {
  readonly snapshot: Signer;
  readonly timestamp: Signer;
  readonly status: Signer;
  readonly recentlyClaimed: Signer;
  readonly unclaimed: Signer;
}

/** The sharded roles whose shards the index signs by itself. Of these `unclaimed` is signed offline, its shards are not. */
export type OnlineRole = Extract<ShardedRole, "status" | "recently-claimed" | "unclaimed">;

/** The online key of a sharded role. */
export function signerOf(signers: OnlineSigners, role: OnlineRole): Signer {
  switch (role) {
    case "status":
      return signers.status;
    case "recently-claimed":
      return signers.recentlyClaimed;
    case "unclaimed":
      return signers.unclaimed;
  }
}

/** The sharded role whose online key signs `name`; `undefined` when that role is signed offline or by developers. */
export function onlineRoleOf(name: string): OnlineRole | undefined {
  if (name === "status" || name.startsWith("status.")) return "status";
  if (name === "recently-claimed" || name.startsWith("recently-claimed.")) return "recently-claimed";
  return name.startsWith("unclaimed.") ? "unclaimed" : undefined;
}
