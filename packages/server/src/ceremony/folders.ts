import { chmod, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { DataPaths } from "../data-folder.ts";
import { ServerError, systemError } from "../errors.ts";
import { exists, makeFolder, removeFile, writeWholeFile } from "../storage/durable.ts";
import { SqliteIndexStore } from "../storage/sqlite/store.ts";

/** Stands in both folders from the beginning of `init` to its end, and says of which data folder it is. */
const MARK = "UNFINISHED";
/** Everything that `init` writes into each folder: what it may clear away when it did not come to its end. */
const OWN_DATA = /^(UNFINISHED|keys|index\.sqlite(-wal|-shm|-journal)?|\.[0-9a-f]{16}\.part)$/;
const OWN_KEYS = /^(UNFINISHED|(root|targets|shards|ceremony)\.json|\.[0-9a-f]{16}\.part)$/;
const OWNER_ONLY = 0o700;
const OWNER_AND_GROUP = 0o750;

/** Whether an `init` of this folder committed but was killed before it could say so. */
export async function finishedBefore(paths: DataPaths): Promise<boolean> {
  if (!(await isMarked(paths.folder, paths)) || !(await exists(paths.database))) return false;
  const store = await SqliteIndexStore.open(paths.database);
  try {
    return (await store.settings()) !== undefined;
  } finally {
    await store.close();
  }
}

/**
 * Makes both folders, or takes those that are empty or of an unfinished `init` of this data folder. Both are looked at
 * before either is touched.
 */
export async function takeFolders(paths: DataPaths, keys: string): Promise<void> {
  const leftOver = [await leftIn(paths.folder, OWN_DATA, paths), await leftIn(keys, OWN_KEYS, paths)].flat();
  for (const path of leftOver) await rm(path, { recursive: true, force: true });
  await makeFolder(paths.folder, OWNER_AND_GROUP);
  await mark(paths.folder, paths);
  await makeFolder(keys, OWNER_ONLY);
  // Fails on file systems without owners, such as those of many memory sticks: nothing to be done there.
  await chmod(keys, OWNER_ONLY).catch(() => undefined);
  await mark(keys, paths);
}

/** Empties both folders after an `init` that failed; one that was killed leaves that to the next. */
export async function emptyFolders(paths: DataPaths, keys: string): Promise<void> {
  const leftOver = [await leftIn(paths.folder, OWN_DATA, paths), await leftIn(keys, OWN_KEYS, paths)].flat();
  for (const path of leftOver) await rm(path, { recursive: true, force: true });
  await clearMark(keys, paths);
  await clearMark(paths.folder, paths);
}

/** Takes the mark of this data folder's `init` away, where it stands. */
export async function clearMark(folder: string, paths: DataPaths): Promise<void> {
  if (await isMarked(folder, paths)) await removeFile(join(folder, MARK));
}

function markText({ folder }: DataPaths): string {
  return `'countermark-server init' has not come to its end; run it again for this data folder:\n${folder}\n`;
}

async function mark(folder: string, paths: DataPaths): Promise<void> {
  await writeWholeFile(join(folder, MARK), markText(paths));
}

async function isMarked(folder: string, paths: DataPaths): Promise<boolean> {
  const path = join(folder, MARK);
  return (await exists(path)) && (await readFile(path, "utf8")) === markText(paths);
}

/** What an unfinished `init` has left in a folder; refuses a folder that holds anything else. */
async function leftIn(folder: string, own: RegExp, paths: DataPaths): Promise<readonly string[]> {
  const entries = await entriesOf(folder);
  if (entries.length === 0) return [];
  const foreign = entries.find((name) => !own.test(name));
  if (foreign !== undefined || !(await isMarked(folder, paths))) throw notEmpty(folder, foreign ?? entries[0] ?? "");
  return entries.filter((name) => name !== MARK).map((name) => join(folder, name));
}

async function entriesOf(folder: string): Promise<readonly string[]> {
  if (!(await exists(folder))) return [];
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    throw systemError(error, `cannot look into ${folder}`);
  }
}

function notEmpty(folder: string, name: string): ServerError {
  return new ServerError("FOLDER_NOT_EMPTY", `${folder} is not empty: it holds ${JSON.stringify(name)}`, {
    hint: "nothing was changed; name a folder that is empty or does not exist yet",
  });
}
