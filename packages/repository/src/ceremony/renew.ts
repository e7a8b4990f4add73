import { readRoot, readTargets, type JsonObject, type Metadata, type Signer } from "@countermark/tuf";
import { RepositoryError } from "../errors.ts";
import { LAYOUT_FIELDS, readLayout } from "../layout/layout.ts";
import type { Lifetimes } from "../layout/lifetimes.ts";
import { parseRoleName } from "../layout/role-names.ts";
import { makeRoleFile, type RoleFile } from "../publisher/role-file.ts";
import type { OfflineHolders } from "./first.ts";

/** What a renewal starts from. */
export interface RenewalInput {
  /** The current files of `root`, `targets` and every other role that is signed offline, by role name. */
  readonly current: ReadonlyMap<string, Uint8Array>;
  readonly offline: OfflineHolders;
  readonly lifetimes: Lifetimes;
  readonly now: number;
}

/**
 * Signs every offline role anew with the same content, the next version, a new end and the next ceremony's number:
 * what keeps an index alive when nothing else is to be decided.
 * @throws RepositoryError `CEREMONY` when a role is missing, or one was given that is not signed offline
 */
export async function renewCeremony(input: RenewalInput): Promise<readonly RoleFile[]> {
  const targets = input.current.get("targets");
  if (targets === undefined || !input.current.has("root")) {
    throw new RepositoryError("CEREMONY", "a ceremony needs the current root and targets");
  }
  const ceremony = readLayout(readTargets(targets).signed).ceremony + 1;
  const files: RoleFile[] = [];
  for (const [name, bytes] of input.current) {
    const signers = offlineSigners(name, input.offline);
    files.push(await makeRoleFile(name, renewed(name, bytes, ceremony, input), signers));
  }
  return files;
}

/** Whether a role is signed at ceremonies. */
export function isOfflineRole(name: string): boolean {
  if (name === "root") return true;
  const parsed = parseRoleName(name);
  if (parsed === undefined) return false;
  if (parsed.kind === "targets" || parsed.kind === "sealed-files") return true;
  if (parsed.kind === "sharded") return ["claimed", "sealed", "unclaimed"].includes(parsed.role);
  return parsed.kind === "shard" && ["claimed", "sealed"].includes(parsed.role);
}

function offlineSigners(name: string, offline: OfflineHolders): readonly Signer[] {
  if (!isOfflineRole(name)) throw new RepositoryError("CEREMONY", `role ${name} is not signed offline`, name);
  if (name === "root") return offline.root.signers;
  const kind = parseRoleName(name)?.kind;
  return kind === "targets" || kind === "sharded" ? offline.targets.signers : offline.shards.signers;
}

function renewed(name: string, bytes: Uint8Array, ceremony: number, { lifetimes, now }: RenewalInput): Metadata {
  if (name === "root") {
    const { signed } = readRoot(bytes);
    return { ...signed, version: signed.version + 1, expires: now + lifetimes.root };
  }
  const { signed } = readTargets(bytes);
  const unknown: JsonObject = new Map([...signed.unknown, [LAYOUT_FIELDS.ceremony, ceremony]]);
  return { ...signed, version: signed.version + 1, expires: now + lifetimes.offline, unknown };
}
