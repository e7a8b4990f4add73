import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { ServerError } from "../errors.ts";
import { sqliteError } from "../storage/sqlite/connection.ts";

/** How long to wait for another publisher before giving up. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 20;

/**
 * One publisher at a time, over all processes of one data folder. Advisory: it saves work that would lose the
 * compare-and-set of the store, on which correctness rests. It is SQLite's lock on an empty file: the operating system
 * gives it back when its holder is killed.
 */
export class PublisherLock {
  readonly #path: string;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  /** Runs the work while nobody else publishes. */
  hold<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(() => this.#locked(work));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #locked<T>(work: () => Promise<T>): Promise<T> {
    const lock = await this.#acquire();
    try {
      return await work();
    } finally {
      lock.close();
    }
  }

  async #acquire(): Promise<DatabaseSync> {
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      const lock = tryLock(this.#path);
      if (lock !== undefined) return lock;
      if (performance.now() > end) {
        throw new ServerError("BUSY", "another process has been publishing for a minute", {
          hint: "see which countermark-server commands run on this data folder",
        });
      }
      await sleep(PAUSE_MS);
    }
  }
}

function tryLock(path: string): DatabaseSync | undefined {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(path, { timeout: 0 });
    lock.exec("begin exclusive");
    return lock;
  } catch (error) {
    lock?.close();
    const known = sqliteError(error);
    if (known instanceof ServerError && known.code === "BUSY") return undefined;
    throw known;
  }
}
