import { resolve } from "node:path";
import type { Passphrase } from "@countermark/identity/offline";
import { ceremonyRoles, firstCeremony, PROFILES, type FirstCeremony, type ProfileName } from "@countermark/repository";
import { dataPaths, isInside, type DataPaths } from "../data-folder.ts";
import { ServerError } from "../errors.ts";
import { holdersOf, newOfflineKeys, writeOfflineKeys } from "../signing/offline.ts";
import { newOnlineKeys, signersOf, writeOnlineKeys } from "../signing/online.ts";
import { loadTransactionSeal } from "../signing/transactions.ts";
import { makeFolder } from "../storage/durable.ts";
import { SqliteIndexStore } from "../storage/sqlite/store.ts";
import { clearMark, emptyFolders, finishedBefore, takeFolders } from "./folders.ts";
import { describeIndex, type IndexDescription } from "./describe.ts";
import { writeCeremonyRecord } from "./record-file.ts";

/** What an operator chooses when an index is made. */
export interface InitOptions {
  readonly data: string;
  /** Where the offline keys go; never inside `data`. */
  readonly keys: string;
  readonly profile: ProfileName;
  readonly shards: number;
  readonly name: string;
  readonly publicUrl: string | undefined;
  readonly now: number;
  /** Asked when the folders are known to be free: what the offline keys are sealed under. They lie in clear without it. */
  readonly askPassphrase?: () => Promise<Passphrase>;
}

/** Owner only. */
const KEYS_MODE = 0o700;

/**
 * The first ceremony for one operator. Everything is prepared beside the database; its one commit decides. Killed
 * before it there is no index, and both folders are marked as unfinished, so that the next `init` may clear them;
 * killed after it there is one, and the next `init` only takes the marks away.
 * @throws ServerError `KEYS_IN_DATA`, `FOLDER_NOT_EMPTY`, `DISK_FULL`, `NO_PERMISSION`; IdentityError as the asking does
 */
export async function initialise(options: InitOptions): Promise<IndexDescription> {
  const [paths, keysFolder] = [dataPaths(options.data), resolve(options.keys)];
  await requireApart(paths.folder, keysFolder);
  if (!(await finishedBefore(paths))) {
    await takeFolders(paths, keysFolder);
    await foundOrEmpty(paths, keysFolder, options);
  }
  await clearMark(keysFolder, paths);
  await clearMark(paths.folder, paths);
  return withStore(paths, false, describeIndex);
}

async function requireApart(data: string, keys: string): Promise<void> {
  if (await isInside(keys, data)) {
    throw new ServerError("KEYS_IN_DATA", "the offline keys would lie inside the data folder", {
      hint: "whoever breaks into the index must not find them: name a folder elsewhere, best on a medium to take away",
    });
  }
  if (await isInside(data, keys)) {
    throw new ServerError("KEYS_IN_DATA", "the data folder would lie inside the folder of the offline keys", {
      hint: "the folder of the keys is taken away afterwards: name one that holds nothing else",
    });
  }
}

/** Makes the index or leaves both folders empty; where even that cannot be done, they stay marked as unfinished. */
async function foundOrEmpty(paths: DataPaths, keysFolder: string, options: InitOptions): Promise<void> {
  const decision = { mayStand: false };
  try {
    const first = await prepare(paths, keysFolder, options);
    await withStore(paths, true, async (store) => {
      decision.mayStand = true;
      await store.found(settingsOf(options, first), publicationOf(options, first));
    });
  } catch (error) {
    const stands = decision.mayStand && (await finishedBefore(paths).catch(() => true));
    if (!stands) await emptyFolders(paths, keysFolder);
    throw error;
  }
}

/** All that comes before the decision: keys, written into their folders, the signed roles, and the record of them. */
async function prepare(paths: DataPaths, keysFolder: string, options: InitOptions): Promise<FirstCeremony> {
  const [offline, online] = [newOfflineKeys(), newOnlineKeys()];
  await writeOfflineKeys(keysFolder, offline, await options.askPassphrase?.());
  await makeFolder(paths.keys, KEYS_MODE);
  await writeOnlineKeys(paths.keys, online);
  await loadTransactionSeal(paths.keys);
  const first = await firstCeremony({
    offline: holdersOf(offline.root.signer, offline.targets.signer, offline.shards.signer),
    online: signersOf(online),
    lifetimes: PROFILES[options.profile],
    shards: options.shards,
    now: options.now,
  });
  const roles = ceremonyRoles([first.root, ...first.roles]);
  await writeCeremonyRecord(keysFolder, { repositoryId: first.root.sha256, roles });
  return first;
}

async function withStore<T>(
  paths: DataPaths,
  create: boolean,
  work: (store: SqliteIndexStore) => Promise<T>,
): Promise<T> {
  const store = await SqliteIndexStore.open(paths.database, { create });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

function settingsOf({ name, publicUrl, profile, shards, now }: InitOptions, first: FirstCeremony) {
  return { repositoryId: first.root.sha256, name, publicUrl, profile, shards, createdAt: now };
}

function publicationOf({ now }: InitOptions, { root, roles, snapshot, timestamp }: FirstCeremony) {
  return { basedOn: 0, at: now, roles: [root, ...roles, snapshot, timestamp], decisions: [], rows: [], projects: [] };
}
