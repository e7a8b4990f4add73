import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { STATE_FILE } from "../ceremony/propose.ts";
import { CONFIGURATION_FILE } from "../config/file.ts";
import { dataPaths, isInside, noIndex, type DataPaths } from "../data-folder.ts";
import { ServerError } from "../errors.ts";
import { PublisherLock } from "../publisher/lock.ts";
import { exists, makeFolder, placeFile, syncFolder } from "../storage/durable.ts";
import { LocalBlobs } from "../storage/local/blobs.ts";
import { copyBlobs, type CopiedBlobs, type CopyBlobsOptions } from "./blobs.ts";
import { copyInto } from "./copy-into.ts";
import { copyDatabase, namedBlobs, readFacts, type DatabaseFacts } from "./database.ts";
import { backupPaths, takeBackupFolder, type BackupPaths } from "./folder.ts";
import { copySigningLog } from "./signing-log.ts";

const OWNER_ONLY = 0o700;
const KEY_MODE = 0o600;

/** A backup that was made. */
export interface BackedUp extends DatabaseFacts, CopiedBlobs {
  /** Blobs that rows name and the backup lacks. */
  readonly missing: readonly string[];
}

/**
 * Backs an index up while it runs. First the database is copied, as it is at one moment; then the blobs, all of which
 * were there before the rows that name them; then the keys. The last step gives the copied database its name: killed at
 * any moment before, the backup of last time stands as it was, and the next call goes on.
 * @throws ServerError `NO_INDEX`, `BACKUP_OTHER`, `FOLDER_NOT_EMPTY`, `DATA_DAMAGED`, `DISK_FULL`
 */
export async function backUp(data: string, folder: string, options: CopyBlobsOptions): Promise<BackedUp> {
  const [from, to] = [dataPaths(data), backupPaths(folder)];
  if (!(await exists(from.database))) throw noIndex(from);
  await requireApart(from, to);
  await takeBackupFolder(to);
  return new PublisherLock(to.lock).hold(async () => {
    const facts = await copyDatabase(from.database, to.pending);
    await requireSameIndex(to, facts);
    const blobs = await copyBlobs(from.blobs, to.blobs, options);
    await copySmallFiles(from, to);
    const missing = await missingBlobs(to);
    await placeFile(to.pending, to.database);
    return { ...facts, ...blobs, missing };
  });
}

async function requireApart(from: DataPaths, to: BackupPaths): Promise<void> {
  if (!(await isInside(to.folder, from.folder)) && !(await isInside(from.folder, to.folder))) return;
  throw new ServerError("USAGE", "the backup would lie inside the data folder, or the other way round", {
    hint: "name a folder elsewhere, best on another disk",
  });
}

async function requireSameIndex({ database, folder }: BackupPaths, { repositoryId }: DatabaseFacts): Promise<void> {
  if (!(await exists(database)) || readFacts(database).repositoryId === repositoryId) return;
  throw new ServerError("BACKUP_OTHER", `${folder} holds the backup of another index`, {
    hint: "nothing was changed; give each index a folder of its own",
  });
}

/** Keys, settings and logs. They are replaced one by one: each is whole at every moment. */
async function copySmallFiles(from: DataPaths, to: BackupPaths): Promise<void> {
  await copyKeys(from.keys, to.keys);
  for (const name of [CONFIGURATION_FILE, STATE_FILE]) {
    const file = join(from.folder, name);
    if (await exists(file)) await copyInto(file, to.folder, KEY_MODE);
  }
  await copySigningLog(from.signingLog, to.folder);
}

/** Copies a folder of key files. */
export async function copyKeys(from: string, to: string): Promise<void> {
  await makeFolder(to, OWNER_ONLY);
  for (const name of await readdir(from)) {
    if (!name.startsWith(".")) await copyInto(join(from, name), to, KEY_MODE);
  }
  await syncFolder(to);
}

async function missingBlobs({ pending, blobs }: BackupPaths): Promise<readonly string[]> {
  const store = new LocalBlobs(blobs);
  const missing: string[] = [];
  for (const [sha256, length] of namedBlobs(pending)) {
    const size = await store.size(sha256);
    if (size === undefined || (length !== undefined && size !== length)) missing.push(sha256);
  }
  return missing;
}
