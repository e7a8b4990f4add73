import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ServerError, systemError } from "../errors.ts";
import { exists, makeFolder } from "../storage/durable.ts";

/** Where everything lies in the folder of a backup. */
export interface BackupPaths {
  readonly folder: string;
  /** Not called as in a data folder: a backup must never be served by mistake, for two servers would sign. */
  readonly database: string;
  /** The next one, while it is made. */
  readonly pending: string;
  readonly blobs: string;
  readonly keys: string;
  readonly lock: string;
}

/** Owner only: the online keys lie in it. */
const MODE = 0o700;
/** Everything that a backup may consist of. */
const OWN =
  /^(backup\.sqlite|pending\.sqlite(-wal|-shm|-journal)?|blobs|keys|backup\.lock(-journal)?|countermark-server\.toml|ceremony-state\.txt|signing\.log|\.[0-9a-f]{16}\.part)$/;

/** The paths of a backup. */
export function backupPaths(folder: string): BackupPaths {
  const top = resolve(folder);
  return {
    folder: top,
    database: join(top, "backup.sqlite"),
    pending: join(top, "pending.sqlite"),
    blobs: join(top, "blobs"),
    keys: join(top, "keys"),
    lock: join(top, "backup.lock"),
  };
}

/**
 * Makes the folder of a backup, or takes one that holds a backup, finished or not, and nothing else.
 * @throws ServerError `FOLDER_NOT_EMPTY`
 */
export async function takeBackupFolder({ folder }: BackupPaths): Promise<void> {
  if (!(await exists(folder))) return makeFolder(folder, MODE);
  let entries: readonly string[];
  try {
    entries = await readdir(folder);
  } catch (error) {
    throw systemError(error, `cannot look into ${folder}`);
  }
  const foreign = entries.find((name) => !OWN.test(name));
  if (foreign === undefined) return;
  throw new ServerError("FOLDER_NOT_EMPTY", `${folder} is no backup: it holds ${JSON.stringify(foreign)}`, {
    hint: "nothing was changed; name a folder that is empty, does not exist yet, or holds a backup of this index",
  });
}
