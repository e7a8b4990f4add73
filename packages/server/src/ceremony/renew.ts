import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { SealedSeeds } from "@countermark/identity/offline";
import {
  ceremonyRoles,
  isOfflineRole,
  renewCeremony,
  RepositoryError,
  verifyOffered,
  type CeremonyRecord,
  type CeremonyRoles,
  type OfferedRoles,
  type OfflineHolders,
  type RoleRecord,
  type SignedRole,
} from "@countermark/repository";
import { readRoot, readTargets, type RoleKeys } from "@countermark/tuf";
import { systemClock } from "../clock.ts";
import { openIndex, type OpenIndex } from "../data-folder.ts";
import { ServerError } from "../errors.ts";
import { makePublisher } from "../publisher/make.ts";
import type { Publisher } from "../publisher/publisher.ts";
import { loadOfflineHolders } from "../signing/offline.ts";
import { describeIndex, type IndexDescription } from "./describe.ts";
import { readCeremonyRecord, writeCeremonyRecord } from "./record-file.ts";

/** {@link renew} for the index in a data folder; says what stands afterwards. `seeds` opens keys that are sealed. */
export async function renewIndex(
  data: string,
  keys: string,
  clock = systemClock,
  seeds = new SealedSeeds(),
): Promise<IndexDescription> {
  const index = await openIndex(data);
  try {
    const folder = resolve(keys);
    await renew(index, makePublisher(index, clock), folder, await loadOfflineHolders(folder, seeds), clock());
    return await describeIndex(index.store);
  } finally {
    await index.store.close();
  }
}

/**
 * The ceremony that decides nothing: every offline role signed anew as it stands. What stands is what the last ceremony
 * has signed, as recorded beside the keys; the database is not believed.
 * @throws ServerError `WRONG_KEYS`, `CEREMONY_RECORD`, `CEREMONY_TAMPERED`
 */
async function renew(
  index: OpenIndex,
  publisher: Publisher,
  folder: string,
  offline: OfflineHolders,
  now: number,
): Promise<void> {
  const record = await readCeremonyRecord(folder);
  const { repositoryId } = record;
  let state = record.state;
  let next: CeremonyRoles = record.roles;
  await publisher.publishSigned(async (roles) => {
    const offered = await offeredRoles(index, roles);
    const last = verify(offered, record, folder);
    if (last === record.next) state = record.nextState ?? state;
    const remembered = { repositoryId, ...(state !== undefined && { state }) };
    requireRightKeys(offered.current, offline, folder);
    const signed = await renewCeremony({ current: offered.current, offline, lifetimes: index.lifetimes, now });
    next = ceremonyRoles(signed);
    // Before the decision: killed after it, the next ceremony must know what this one has signed.
    await writeCeremonyRecord(folder, {
      ...remembered,
      ...{ roles: last, next, ...(state !== undefined && { nextState: state }) },
    });
    return signed;
  });
  await writeCeremonyRecord(folder, { repositoryId, roles: next, ...(state !== undefined && { state }) });
}

/** Refuses what is not byte for byte one of the recorded states, and says which of them it is. */
function verify(offered: OfferedRoles, { repositoryId, roles, next }: CeremonyRecord, folder: string): CeremonyRoles {
  if (sha256(offered.roots[0]) !== repositoryId) throw wrongKeys(folder);
  const published = next !== undefined && isNext(offered.current.get("root"), next.get("root"));
  const last = published ? next : roles;
  try {
    verifyOffered(offered, repositoryId, last);
  } catch (error) {
    if (!(error instanceof RepositoryError)) throw error;
    throw new ServerError("CEREMONY_TAMPERED", `the database is not as the last ceremony left it: ${error.message}`, {
      hint: "nothing was signed; take it that somebody else writes to this index, and restore the database from a backup",
      cause: error,
    });
  }
  return last;
}

/** Whether this is the root of the ceremony that may not have been published: then it was. */
export function isNext(root: Uint8Array | undefined, next: SignedRole | undefined): boolean {
  return root !== undefined && readRoot(root).signed.version === next?.version;
}

function sha256(bytes: Uint8Array = new Uint8Array()): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** What the index has of its offline roles, to be shown to a holder. */
export async function offeredRoles(index: OpenIndex, roles: Iterable<RoleRecord>): Promise<OfferedRoles> {
  const current = await offlineFiles(index, roles);
  const roots: Uint8Array[] = [];
  for (let bytes = await index.store.roleFile("root", 1); bytes !== undefined;) {
    roots.push(bytes);
    bytes = await index.store.roleFile("root", roots.length + 1);
  }
  return { roots, current };
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
    throw wrongKeys(folder);
  }
}

function wrongKeys(folder: string): ServerError {
  return new ServerError("WRONG_KEYS", `the keys in ${folder} are not those of this index`, {
    hint: "name the folder that 'init' has written for this index, as --keys; if it is that one, the database was changed",
  });
}
