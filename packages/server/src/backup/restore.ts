import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { STATE_FILE } from "../ceremony/propose.ts";
import type { Clock } from "../clock.ts";
import { dataPaths, isInside, openIndexAt, SIGNING_LOG_FILE, type DataPaths, type OpenIndex } from "../data-folder.ts";
import { ServerError, systemError } from "../errors.ts";
import type { Finding } from "../fsck/findings.ts";
import { fsck } from "../fsck/fsck.ts";
import { exists, makeFolder, placeFile, removeFile, writeWholeFile } from "../storage/durable.ts";
import { applyRows } from "../storage/sqlite/inspection.ts";
import { copyKeys } from "./backup.ts";
import { copyBlobs } from "./blobs.ts";
import { readFacts, removeDatabase } from "./database.ts";
import { fetchBlobs } from "./fetch-blobs.ts";
import { backupPaths, type BackupPaths } from "./folder.ts";
import { newestPublished } from "./last-published.ts";
import { movePast, type MovedPast } from "./move-past.ts";
import { copySigningLog } from "./signing-log.ts";
import type { Source } from "./sources.ts";
import { takeEmptyFolder } from "./target-folder.ts";

export interface RestoreOptions {
  /** Who may have what was published after the backup. */
  readonly sources: readonly Source[];
  /** The operator knows of nobody. */
  readonly unseen: boolean;
  readonly clock: Clock;
  readonly onBlob?: ((bytes: number) => void) | undefined;
}

/** What came of a restoration. */
export interface Restored extends Omit<MovedPast, "roles" | "basedOn"> {
  readonly repositoryId: string;
  /** Version of the timestamp from now on. */
  readonly timestamp: number;
  /** Rows that were derived from newer signed roles. */
  readonly rows: number;
  /** Files that were fetched from a source. */
  readonly files: number;
  /** What is still not as it is signed. */
  readonly findings: readonly Finding[];
}

/**
 * Makes a data folder of a backup, whose every version lies above whatever anybody has seen of the index. The last step
 * gives the database its name: killed before, there is no index yet, and the same command begins anew with what it has
 * copied already.
 * @throws ServerError `BACKUP`, `FOLDER_NOT_EMPTY`, `RESTORE_UNSEEN`, `RESTORE_CEREMONY`, `BACKUP_OTHER`, `UPSTREAM`
 */
export async function restore(folder: string, data: string, options: RestoreOptions): Promise<Restored> {
  const [from, to] = [backupPaths(folder), dataPaths(data)];
  if (!(await exists(from.database))) {
    throw new ServerError("BACKUP", `there is no backup in ${from.folder}`, {
      hint: "name a folder that 'backup' has written",
    });
  }
  if (options.sources.length === 0 && !options.unseen) throw unseen();
  await requireApart(from, to);
  const { repositoryId } = readFacts(from.database);
  await takeEmptyFolder(to, repositoryId);
  const pending = `${to.folder}/restoring.sqlite`;
  const restored = await rebuild(from, { ...to, database: pending }, options);
  await placeFile(pending, to.database);
  await removeFile(to.unfinished);
  return restored;
}

async function rebuild(from: BackupPaths, to: DataPaths, options: RestoreOptions): Promise<Restored> {
  await makeFolder(to.blobs);
  const { damaged } = await copyBlobs(from.blobs, to.blobs, { link: false, verify: true, onBlob: options.onBlob });
  await copyKeys(from.keys, to.keys);
  await restoreState(from, to);
  // Before anything is signed here: the chain goes on where the backup has it.
  await copySigningLog(join(from.folder, SIGNING_LOG_FILE), to.folder);
  await removeDatabase(to.database);
  try {
    await copyFile(from.database, to.database);
  } catch (error) {
    throw systemError(error, `cannot copy ${from.database}`);
  }
  const index = await openIndexAt(to);
  try {
    return await moveOn(index, to, options, damaged);
  } finally {
    await index.store.close();
  }
}

/** What the last ceremony has seen: without it holders refuse the next bundle, for it would tell another past. */
async function restoreState(from: BackupPaths, to: DataPaths): Promise<void> {
  const kept = join(from.folder, STATE_FILE);
  if (await exists(kept)) await writeWholeFile(join(to.folder, STATE_FILE), await readFile(kept));
}

async function moveOn(
  index: OpenIndex,
  to: DataPaths,
  { sources, clock }: RestoreOptions,
  damaged: readonly string[],
): Promise<Restored> {
  const { store, settings, lifetimes } = index;
  const { repositoryId } = settings;
  const last = await newestPublished(store, sources, repositoryId, lifetimes.timestamp);
  const { roles, basedOn, ...moved } = await movePast(index, last, clock());
  if (!(await store.publish({ basedOn, at: clock(), roles, decisions: [], rows: [], projects: [] }))) {
    throw new ServerError("BUSY", "somebody else works on the folder that is being restored");
  }
  // Rows follow from what is signed now, blobs from whoever has them; what is left is told.
  const looking = { database: index.database, store, blobs: index.blobs, keys: to.keys, fingerprint: repositoryId };
  const first = await fsck({ ...looking, quick: true, onFinding: () => undefined });
  if (first.timestamp !== undefined) {
    await applyRows(index.database, first.timestamp, first.shardOf, first.changes);
  }
  const files = await fetchBlobs(index, sources, first.lacking);
  const findings: Finding[] = damaged.map((subject) => ({
    ...{ kind: "blob-damaged", subject, detail: "the backup's copy has another hash and was left out" },
  }));
  await fsck({ ...looking, quick: true, onFinding: (finding) => findings.push(finding) });
  const { version: timestamp } = await store.timestamp();
  return { ...moved, repositoryId, timestamp, rows: first.changes.length, files, findings };
}

async function requireApart(from: BackupPaths, to: DataPaths): Promise<void> {
  if (!(await isInside(to.folder, from.folder)) && !(await isInside(from.folder, to.folder))) return;
  throw new ServerError("USAGE", "the data folder would lie inside the backup, or the other way round", {
    hint: "name a new folder elsewhere",
  });
}

function unseen(): ServerError {
  return new ServerError("RESTORE_UNSEEN", "installers may have seen more than the backup has", {
    hint:
      "name whoever may have it: --published with the URL of the old index or a mirror, or a folder with a kept timestamp " +
      "and snapshot; or say --unseen if there is nobody, and read docs/operate/restore.md first",
  });
}
