import { resolve } from "node:path";
import { isOfflineRole, renewCeremony, type OfflineHolders, type RoleRecord } from "@countermark/repository";
import { readRoot, readTargets, type RoleKeys } from "@countermark/tuf";
import { systemClock } from "../clock.ts";
import { openIndex, type OpenIndex } from "../data-folder.ts";
import { ServerError } from "../errors.ts";
import { makePublisher } from "../publisher/make.ts";
import type { Publisher } from "../publisher/publisher.ts";
import { loadOfflineHolders } from "../signing/offline.ts";
import { describeIndex, type IndexDescription } from "./describe.ts";

/** {@link renew} for the index in a data folder; says what stands afterwards. */
export async function renewIndex(data: string, keys: string, clock = systemClock): Promise<IndexDescription> {
  const index = await openIndex(data);
  try {
    await renew(index, makePublisher(index, clock), keys, clock());
    return await describeIndex(index.store);
  } finally {
    await index.store.close();
  }
}

/**
 * The ceremony that decides nothing: every offline role signed anew as it stands.
 * @throws ServerError `KEY_FILE`, `WRONG_KEYS`
 */
async function renew(index: OpenIndex, publisher: Publisher, keys: string, now: number): Promise<void> {
  const offline = await loadOfflineHolders(resolve(keys));
  await publisher.publishSigned(async (roles) => {
    const current = await offlineFiles(index, roles);
    requireRightKeys(current, offline, keys);
    return renewCeremony({ current, offline, lifetimes: index.lifetimes, now });
  });
}

async function offlineFiles({ store }: OpenIndex, roles: Iterable<RoleRecord>): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const { name, version } of roles) {
    if (!isOfflineRole(name)) continue;
    const bytes = await store.roleFile(name, version);
    if (bytes === undefined) throw new ServerError("DATA_DAMAGED", `the database has lost the role ${name}`);
    files.set(name, bytes);
  }
  return files;
}

/** Keys of another index, or older ones, would make roles that every installer refuses. */
function requireRightKeys(current: ReadonlyMap<string, Uint8Array>, offline: OfflineHolders, folder: string): void {
  const root = readRoot(current.get("root") ?? new Uint8Array()).signed;
  const claimed = readTargets(current.get("claimed") ?? new Uint8Array()).signed;
  const shard = [...(claimed.delegations?.roles.values() ?? [])][0];
  const expected: readonly [RoleKeys | undefined, OfflineHolders["root"]][] = [
    [root.roles.get("root"), offline.root],
    [root.roles.get("targets"), offline.targets],
    [shard, offline.shards],
  ];
  for (const [role, { signers }] of expected) {
    const theirs = signers.filter(({ publicKey }) => role?.keyIds.includes(publicKey.keyId));
    if (role !== undefined && theirs.length >= role.threshold) continue;
    throw new ServerError("WRONG_KEYS", `the keys in ${folder} are not those of this index`, {
      hint: "name the folder that 'init' has written for this index, as --keys",
    });
  }
}
