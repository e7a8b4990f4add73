import type { SQLInputValue } from "node:sqlite";
import { Kysely, SqliteDialect, type Transaction } from "kysely";
import { MAX_CHANGE_DELAY_MS } from "../index-store.ts";
import { retryBusy } from "./busy.ts";
import { Connection, type Query } from "./connection.ts";
import { migrate } from "./migrations.ts";
import type { Tables } from "./tables.ts";

/**
 * One SQLite file for all stores of a process. One connection writes, one reads, so that no reader of this process ever
 * sees into a transaction that has not committed, and no writer waits for another of its own process inside a call.
 * WAL with synchronous=FULL: a commit is on the disk when it returns.
 */
export class SqliteDatabase {
  readonly #writer: Kysely<Tables>;
  readonly #reader: Kysely<Tables>;
  readonly #writing: Connection;
  readonly #reading: Connection;
  /** Goes up when another connection commits (SQLite's `data_version`); asking costs some microseconds. */
  readonly #dataVersion: () => number;
  readonly #close: () => void;
  #seen = 0;
  #looked = -Infinity;
  /** Transactions of our own. */
  #commits = 0;

  private constructor(writing: Connection, reading: Connection) {
    this.#writing = writing;
    this.#reading = reading;
    this.#writer = new Kysely({ dialect: new SqliteDialect({ database: writing }) });
    this.#reader = new Kysely({ dialect: new SqliteDialect({ database: reading }) });
    const statement = reading.prepare("pragma data_version");
    this.#dataVersion = () => (statement.all([])[0] as { data_version: number }).data_version;
    this.#close = () => {
      reading.close();
      writing.close();
    };
  }

  /** Opens the database at a path; with `create` it may be new. Migrations run here. */
  static async open(path: string, options: { readonly create?: boolean } = {}): Promise<SqliteDatabase> {
    return retryBusy(() => {
      const writing = new Connection(path, options);
      try {
        migrate(writing);
        return Promise.resolve(new SqliteDatabase(writing, new Connection(path)));
      } catch (error) {
        writing.close();
        throw error;
      }
    });
  }

  /** Runs queries on what was committed. */
  read<T>(query: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    return retryBusy(() => query(this.#reader));
  }

  /** The rows of one query on what was committed, as they are: for what is asked often, or has many rows. */
  rows<Row>(query: Query<Row>, ...parameters: SQLInputValue[]): Promise<readonly Row[]> {
    return retryBusy(() => Promise.resolve(this.#reading.rows(query, ...parameters)));
  }

  /**
   * Runs one transaction: all of it is on the disk when this is fulfilled, or none. Statements may be given to its
   * connection as well, where there are many of a kind.
   */
  async write<T>(work: (trx: Transaction<Tables>, connection: Connection) => Promise<T>): Promise<T> {
    try {
      return await retryBusy(() => this.#writer.transaction().execute((trx) => work(trx, this.#writing)));
    } finally {
      // Also after a failure: a commit may have taken effect although it was told to have failed.
      this.#commits += 1;
    }
  }

  /** Differs when somebody has committed: see `IndexStore.changeMark`. */
  changeMark(): number {
    const now = performance.now();
    if (now - this.#looked >= MAX_CHANGE_DELAY_MS) {
      this.#looked = now;
      this.#seen = this.#dataVersion();
    }
    return this.#commits + this.#seen;
  }

  async close(): Promise<void> {
    await this.#reader.destroy();
    await this.#writer.destroy();
    this.#close();
  }
}
