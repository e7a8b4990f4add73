import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import type { SqliteDatabase, SqliteStatement } from "kysely";
import { ServerError, systemError } from "../../errors.ts";

/** Longest that SQLite may wait inside a call, where it stops everything else. Longer waits happen outside (`retry`). */
export const BUSY_TIMEOUT_MS = 50;
/** A query and the rows that it returns. */
export interface Query<Row> {
  readonly sql: string;
  /** Of no row in particular: there for its type alone. */
  readonly row?: Row;
}

/** Prepared statements kept for each connection. */
const MAX_STATEMENTS = 200;

/**
 * `node:sqlite` in the form that Kysely's SqliteDialect takes. Transactions take the write lock when they begin:
 * one that reads first and then finds the database changed could only fail.
 */
export class Connection implements SqliteDatabase {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, SqliteStatement>();

  constructor(path: string, options: { readonly create?: boolean } = {}) {
    try {
      // By way of a URI, as node:sqlite has no option that refuses to create.
      const uri = pathToFileURL(path);
      uri.searchParams.set("mode", options.create === true ? "rwc" : "rw");
      this.#database = new DatabaseSync(uri, { timeout: BUSY_TIMEOUT_MS });
      this.#database.exec("pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on");
    } catch (error) {
      throw sqliteError(error);
    }
  }

  prepare(sql: string): SqliteStatement {
    // A full disk makes SQLite roll back by itself: rolling back again would hide the first error.
    if (sql === "rollback" && !this.#database.isTransaction) return NOTHING;
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    try {
      const statement = adapt(this.#database.prepare(sql === "begin" ? "begin immediate" : sql));
      if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear();
      this.#statements.set(sql, statement);
      return statement;
    } catch (error) {
      throw sqliteError(error);
    }
  }

  /** The rows of one query: without a query builder, where there are many of a kind. */
  rows<Row>({ sql }: Query<Row>, ...parameters: SQLInputValue[]): readonly Row[] {
    return this.prepare(sql).all(parameters) as readonly Row[];
  }

  /** How many rows one statement has changed. */
  change(sql: string, ...parameters: SQLInputValue[]): number {
    return Number(this.prepare(sql).run(parameters).changes);
  }

  /** Several statements without parameters: migrations and pragmas. */
  execute(sql: string): void {
    try {
      this.#database.exec(sql);
    } catch (error) {
      throw sqliteError(error);
    }
  }

  /** Statements that take effect together or not at all. */
  atomically(work: () => void): void {
    this.execute("begin immediate");
    try {
      work();
      this.execute("commit");
    } catch (error) {
      this.prepare("rollback").run([]);
      throw error;
    }
  }

  close(): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
  }
}

const NOTHING: SqliteStatement = {
  reader: false,
  all: () => [],
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [].values(),
};

function adapt(statement: StatementSync): SqliteStatement {
  const reader = statement.columns().length > 0;
  return {
    reader,
    all: (parameters) => guarded(() => statement.all(...(parameters as SQLInputValue[]))),
    run: (parameters) => guarded(() => statement.run(...(parameters as SQLInputValue[]))),
    iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
  };
}

function guarded<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw sqliteError(error);
  }
}

/** SQLite's primary result codes that mean something to an operator (sqlite.org/rescode.html). */
const RESULT = { perm: 3, busy: 5, locked: 6, readonly: 8, ioerr: 10, corrupt: 11, full: 13, cantopen: 14, notadb: 26 };

/** What SQLite says, in our terms; anything it says about our SQL stays what it is: a bug. */
export function sqliteError(error: unknown): unknown {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") {
    return systemError(error, "cannot open the database");
  }
  const refuse = (code: ServerError["code"], message: string, hint: string): ServerError =>
    new ServerError(code, message, { hint, cause: error });
  switch (error.errcode & 0xff) {
    case RESULT.busy:
    case RESULT.locked:
      return refuse("BUSY", "the database is held by another process", "wait for the other command to end");
    case RESULT.full:
      return refuse("DISK_FULL", "no space is left for the database", "free some space and run this again");
    case RESULT.perm:
    case RESULT.readonly:
      return refuse(
        "NO_PERMISSION",
        "the database may not be written",
        "run this as the user who owns the data folder",
      );
    case RESULT.cantopen:
      return refuse("NO_INDEX", "the database cannot be opened", "check the data folder and who owns it");
    case RESULT.ioerr:
      return refuse("IO", `the disk failed under the database (${error.message})`, "check the disk and its free space");
    case RESULT.corrupt:
    case RESULT.notadb:
      return refuse("DATA_DAMAGED", "the database is damaged", "restore the data folder from a backup");
    default:
      return error;
  }
}
