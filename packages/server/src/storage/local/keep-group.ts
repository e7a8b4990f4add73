import { dirname } from "node:path";
import { systemError } from "../../errors.ts";
import { syncFileSystem, syncFolder, type PendingFile } from "../durable.ts";

/** From so many on, one sync of the file system costs less than one for each file. */
const MANY = 24;

interface Item {
  readonly file: PendingFile;
  readonly path: string;
  readonly done: PromiseWithResolvers<undefined>;
}

/**
 * Files that are to be kept at the same time wait for the disk together: a sync takes about as long for a hundred files
 * as for one. Whoever comes while a group is on its way is in the next one.
 */
export class KeepGroup {
  readonly #folder: string;
  #waiting: Item[] = [];
  #running = false;

  /** `folder`: on the file system that all files lie on. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Gives a file its final name, in a folder that exists. When this is fulfilled both survive a crash of the machine. */
  keep(file: PendingFile, path: string): Promise<void> {
    const item = { file, path, done: Promise.withResolvers<undefined>() };
    this.#waiting.push(item);
    if (!this.#running) void this.#run();
    return item.done.promise;
  }

  async #run(): Promise<void> {
    this.#running = true;
    // Those that come in this turn of the event loop come along.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const items = this.#waiting;
      this.#waiting = [];
      await this.#flush(items);
    }
    this.#running = false;
  }

  /** Contents first, then names, then folders: a name never leads to less than its content. */
  async #flush(items: readonly Item[]): Promise<void> {
    const together = items.length >= MANY && (await syncFileSystem(this.#folder));
    const synced = together ? items : await forEach(items, ({ file }) => file.sync());
    const named = await forEach(synced, ({ file, path }) => file.rename(path));
    if (named.length >= MANY && (await syncFileSystem(this.#folder))) {
      resolve(named);
      return;
    }
    const folders = new Map<string, Promise<void>>();
    const sync = ({ path }: Item): Promise<void> => {
      const folder = dirname(path);
      const known = folders.get(folder) ?? syncFolder(folder);
      folders.set(folder, known);
      return known;
    };
    resolve(await forEach(named, sync));
  }
}

function resolve(items: readonly Item[]): void {
  for (const { done } of items) done.resolve(undefined);
}

/** Does something to each of them at once; whose fails is told so, and does not come back. */
async function forEach(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<readonly Item[]> {
  const results = await Promise.allSettled(items.map(work));
  return items.filter(({ done }, index) => {
    const result = results[index];
    if (result?.status === "fulfilled") return true;
    done.reject(systemError(result?.reason, "cannot store a file"));
    return false;
  });
}
