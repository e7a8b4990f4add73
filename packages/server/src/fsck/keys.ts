import type { Root, Targets } from "@countermark/tuf";
import { ServerError } from "../errors.ts";
import { loadOnlineSigners } from "../signing/online.ts";
import type { Finding } from "./findings.ts";
import type { SignedIndex } from "./signed-index.ts";

/** Whether the online keys of a folder are those that may sign what the index signs. */
export async function checkKeys(folder: string, signed: SignedIndex): Promise<readonly Finding[]> {
  const targets = await signed.load("targets", "root");
  const unclaimed = await signed.load("unclaimed", "targets");
  let signers: Awaited<ReturnType<typeof loadOnlineSigners>>;
  try {
    signers = await loadOnlineSigners(folder);
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    return [{ kind: "key-wrong", subject: folder, detail: error.message }];
  }
  const root = signed.set.root.signed;
  const wanted: readonly [string, ReadonlySet<string>, string][] = [
    ["snapshot", ofRoot(root, "snapshot"), signers.snapshot.publicKey.identity],
    ["timestamp", ofRoot(root, "timestamp"), signers.timestamp.publicKey.identity],
    ["status", ofTargets(targets, "status"), signers.status.publicKey.identity],
    ["recently-claimed", ofTargets(targets, "recently-claimed"), signers.recentlyClaimed.publicKey.identity],
    [
      "unclaimed",
      ofTargets(unclaimed, signed.listed.has("unclaimed") ? firstRole(unclaimed) : ""),
      signers.unclaimed.publicKey.identity,
    ],
  ];
  return wanted
    .filter(([, allowed, identity]) => !allowed.has(identity))
    .map(([subject]) => ({ kind: "key-wrong", subject, detail: "its delegator names another key" }));
}

function firstRole(role: Targets): string {
  return [...(role.delegations?.roles.keys() ?? [])][0] ?? "";
}

function ofRoot(root: Root, role: "snapshot" | "timestamp"): ReadonlySet<string> {
  return new Set((root.roles.get(role)?.keyIds ?? []).map((id) => root.keys.get(id)?.identity ?? ""));
}

function ofTargets({ delegations }: Targets, role: string): ReadonlySet<string> {
  return new Set((delegations?.roles.get(role)?.keyIds ?? []).map((id) => delegations?.keys.get(id)?.identity ?? ""));
}
