import { chmodSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ClientError, systemCode } from "../../errors.ts";
import { opennessOf } from "../../platform.ts";
import { MIGRATIONS } from "./schema.ts";

/** Longest wait for another process that writes. Writes take milliseconds; the wait stops the whole process. */
const BUSY_TIMEOUT_MS = 2_000;
/** The state's file in the config folder. */
export const STATE_FILE = "trust.sqlite";

/** SQLite's primary result codes that have a hint of their own. */
const SQLITE_BUSY = 5;
const SQLITE_FULL = 13;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

/**
 * Opens the trusted state, making it where there is none. Safe for many processes at once; a commit is on the disk before
 * it is believed to be (synchronous=FULL), because a lost floor is a rollback that nobody notices.
 */
export function openDatabase(folder: string): DatabaseSync {
  return guard(folder, () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    requireOwn(folder);
    const database = new DatabaseSync(join(folder, STATE_FILE), {
      timeout: BUSY_TIMEOUT_MS,
      enableForeignKeyConstraints: true,
    });
    try {
      chmodSync(join(folder, STATE_FILE), 0o600);
      // What is deleted is overwritten: a forgotten read token is not left behind in a free page.
      database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;");
      migrate(database, folder);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** Whoever can write to the folder decides what is trusted. */
function requireOwn(folder: string): void {
  const openness = opennessOf(statSync(folder));
  if (openness === undefined) return;
  if (openness.owner !== "own") {
    throw new ClientError("STATE_UNUSABLE", `${folder} belongs to another user of this machine`, {
      hint: "whoever owns it decides what you trust: name a folder of your own with COUNTERMARK_HOME",
    });
  }
  if (!openness.othersWrite) return;
  throw new ClientError("STATE_UNUSABLE", `other users of this machine may write to ${folder}`, {
    hint: `whoever writes there decides what you trust: run chmod go-w ${folder}, and trust the index anew if you must doubt it`,
  });
}

/** As {@link openDatabase}, but in memory alone. */
export function openInMemory(): DatabaseSync {
  const database = new DatabaseSync(":memory:", { enableForeignKeyConstraints: true });
  migrate(database, ":memory:");
  return database;
}

/** Runs `work` as one transaction that no other process comes between: all of it, or none. */
export function transact<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** Runs `work` and tells what went wrong with the state in this package's words. */
export function guard<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof ClientError || !isStorageError(cause)) throw cause;
    throw unusable(folder, cause);
  }
}

function migrate(database: DatabaseSync, folder: string): void {
  if (schemaVersion(database) === MIGRATIONS.length) return;
  transact(database, () => {
    const version = schemaVersion(database);
    if (version > MIGRATIONS.length) {
      throw new ClientError("STATE_UNUSABLE", `the trusted state in ${folder} was written by a newer countermark`, {
        hint: "update countermark, or name another folder with COUNTERMARK_HOME",
      });
    }
    for (const step of MIGRATIONS.slice(version)) database.exec(step);
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
  });
}

function schemaVersion(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
}

function isStorageError(error: unknown): boolean {
  return sqliteCode(error) !== undefined || systemCode(error) !== undefined;
}

function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode & 0xff : undefined;
}

function unusable(folder: string, cause: unknown): ClientError {
  const code = sqliteCode(cause);
  const system = systemCode(cause);
  if (code === SQLITE_FULL || system === "ENOSPC" || system === "EDQUOT") {
    return new ClientError("DISK_FULL", `no space is left for the trusted state in ${folder}`, {
      hint: "free some space",
      cause,
    });
  }
  if (code === SQLITE_CORRUPT || code === SQLITE_NOTADB) {
    return new ClientError("STATE_UNUSABLE", `the trusted state in ${folder} is damaged`, {
      hint: `remove ${join(folder, STATE_FILE)} and run countermark trust again, with a fingerprint that you know from elsewhere`,
      cause,
    });
  }
  if (code === SQLITE_BUSY) {
    return new ClientError("STATE_UNUSABLE", `the trusted state in ${folder} is held by another process`, {
      hint: "try again; if it stays so, look for a countermark that hangs",
      cause,
    });
  }
  return new ClientError("STATE_UNUSABLE", `cannot write the trusted state in ${folder} (${system ?? reason(cause)})`, {
    hint: "it records what was verified, so that nobody can show you something older: name a writable folder with COUNTERMARK_HOME",
    cause,
  });
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : "failed";
}
