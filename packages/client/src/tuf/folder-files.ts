import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { dirname, join } from "node:path";
import { ClientError, systemCode } from "../errors.ts";
import { NO_LINK, SYNCS_FOLDERS, TO_READ } from "../platform.ts";

/** Where the next file is written before it takes its name. One is enough: whoever writes holds the lock. */
const NEXT = ".next";
const LOCK = ".lock";
/** Longest wait for another process that writes, in milliseconds: it has a file of some megabytes in hand at most. */
const LOCK_WAIT_MS = 20_000;

/** A file of at most `maxBytes`, or `undefined` where there is none that can be read. */
export function readIfThere(path: string, maxBytes: number): Uint8Array | undefined {
  let file: number | undefined;
  try {
    // What is no file must not make us wait, as a pipe would.
    file = openSync(path, TO_READ);
    const about = fstatSync(file);
    return about.isFile() && about.size <= maxBytes ? readFileSync(file) : undefined;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Puts a file into a locked folder, whole or not at all, so that it is still there after a loss of power. */
export function replaceFile(path: string, bytes: Uint8Array): void {
  const folder = dirname(path);
  const next = join(folder, NEXT);
  try {
    const file = openSync(next, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | NO_LINK, 0o644);
    try {
      writeFileSync(file, bytes);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(next, path);
    syncFolder(folder);
  } catch (cause) {
    rmSync(next, { force: true });
    throw cause;
  }
}

/** Makes the names of a folder last. */
export function syncFolder(folder: string): void {
  if (!SYNCS_FOLDERS) return;
  const handle = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/**
 * Runs `work` while no other process does so in this folder. The lock is SQLite's: the system lets go of it when its
 * holder ends, however it ends.
 * @throws ClientError `STATE_UNUSABLE`, `DISK_FULL`
 */
export function lockFolder<T>(folder: string, work: () => T): T {
  return guardFolder(folder, () => {
    mkdirSync(folder, { recursive: true });
    const lock = new DatabaseSync(join(folder, LOCK), { timeout: LOCK_WAIT_MS });
    try {
      lock.exec("BEGIN EXCLUSIVE");
      return work();
    } finally {
      lock.close();
    }
  });
}

/** Runs `work`, with what the system says against it as an error of this package. */
export function guardFolder<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw unusable(folder, cause);
  }
}

/** A failure to write below `folder` in this package's words; what is no failure of the system, as it is. */
export function unusable(folder: string, cause: unknown): unknown {
  const code = systemCode(cause);
  const ofSystem = cause instanceof Error && ("syscall" in cause || code === "ERR_SQLITE_ERROR");
  if (code === undefined || !ofSystem) return cause;
  return code === "ENOSPC" || code === "EDQUOT" || cause.message.includes("is full")
    ? new ClientError("DISK_FULL", `no space is left in ${folder}`, { hint: "free some space", cause })
    : new ClientError("STATE_UNUSABLE", `cannot write in ${folder} (${code})`, { cause });
}
