import { backup, DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { ServerError } from "../errors.ts";
import { removeFile } from "../storage/durable.ts";
import { sqliteError } from "../storage/sqlite/connection.ts";

/** Pages copied in one step of SQLite's backup, which stops nobody. */
const PAGES_PER_STEP = 5000;
const BUSY_TIMEOUT_MS = 5000;

/** What a database says of itself. */
export interface DatabaseFacts {
  readonly repositoryId: string;
  /** Version of the present timestamp. */
  readonly timestamp: number;
}

/**
 * Copies a database while others write to it: the copy is the state at one moment. It is checked page by page, and one
 * plain file.
 * @throws ServerError `DATA_DAMAGED`, `NO_INDEX`, `BACKUP`
 */
export async function copyDatabase(from: string, to: string): Promise<DatabaseFacts> {
  await removeDatabase(to);
  const source = open(from, true);
  try {
    // A transaction that reads sees one moment for as long as it lasts; the copy need not begin anew when others write.
    source.exec("begin; select count(*) from sqlite_schema");
    await backup(source, to, { rate: PAGES_PER_STEP });
  } catch (error) {
    throw sqliteError(error);
  } finally {
    source.close();
  }
  return closing(open(to, false), (copy) => {
    copy.exec("pragma journal_mode = delete");
    requireSound(copy, to);
    return factsOf(copy);
  });
}

/** What a database that nobody writes to says of itself. */
export function readFacts(path: string): DatabaseFacts {
  return closing(open(path, true), factsOf);
}

/** The blobs that a database's published rows name, with their lengths where rows know them. */
export function namedBlobs(path: string): ReadonlyMap<string, number | undefined> {
  return closing(open(path, true), (database) => {
    const blobs = new Map<string, number | undefined>();
    const rows = database
      .prepare("select sha256, length, core_metadata from file where published_in is not null and deleted_in is null")
      .iterate() as Iterable<{ sha256: string; length: number; core_metadata: string | null }>;
    for (const { sha256, length, core_metadata: metadata } of rows) {
      if (metadata !== null && !blobs.has(metadata)) blobs.set(metadata, undefined);
      blobs.set(sha256, length);
    }
    return blobs;
  });
}

/** Removes a database and whatever SQLite has put beside it. */
export async function removeDatabase(path: string): Promise<void> {
  for (const end of ["", "-wal", "-shm", "-journal"]) await removeFile(`${path}${end}`);
}

function open(path: string, readOnly: boolean): DatabaseSync {
  try {
    const uri = pathToFileURL(path);
    // A read-only connection to a WAL database needs the files beside it, so it is opened to be written and is not.
    uri.searchParams.set("mode", "rw");
    const database = new DatabaseSync(uri, { timeout: BUSY_TIMEOUT_MS });
    if (readOnly) database.exec("pragma query_only = on");
    return database;
  } catch (error) {
    throw sqliteError(error);
  }
}

function closing<T>(database: DatabaseSync, work: (database: DatabaseSync) => T): T {
  try {
    return work(database);
  } catch (error) {
    throw sqliteError(error);
  } finally {
    database.close();
  }
}

function requireSound(database: DatabaseSync, path: string): void {
  const [row] = database.prepare("pragma quick_check(1)").all() as { quick_check: string }[];
  if (row?.quick_check === "ok") return;
  throw new ServerError("DATA_DAMAGED", `the copy of the database in ${path} is damaged`, {
    hint: "see to the disks; 'countermark-server fsck' says whether the index itself is sound",
  });
}

function factsOf(database: DatabaseSync): DatabaseFacts {
  const row = database
    .prepare(
      "select repository_id, (select version from role where name = 'timestamp') as timestamp from index_settings",
    )
    .get() as { repository_id: string; timestamp: number } | undefined;
  if (row === undefined) throw new ServerError("NO_INDEX", "the database holds no index");
  return { repositoryId: row.repository_id, timestamp: row.timestamp };
}
