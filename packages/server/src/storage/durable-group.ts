/** Files that are written together, by a thread that may block: to the contract of `durable.ts`, at the cost of two syncs. */
import { spawnSync } from "node:child_process";
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { systemError } from "../errors.ts";
import { canSyncFileSystem, SYNC_PROGRAM } from "./durable.ts";

/** From so many files on, one sync of the file system costs less than one for each file. */
const MANY = 24;

interface Pending {
  readonly temporary: string;
  readonly path: string;
}

/**
 * Writes files under temporary names and names them all at once: contents are on the disk before the first name is
 * given, names before `keep` returns. Killed in between, it leaves whole files and temporary ones.
 */
export class FileGroup {
  readonly #root: string;
  readonly #temporary: string;
  readonly #together: boolean;
  #pending: Pending[] = [];
  readonly #folders = new Set<string>();
  #count = 0;

  /**
   * @param root a folder of the file system on which all of it lies
   * @param temporary what temporary paths begin with: unique
   * @param expected how many files there will be, about
   */
  constructor(root: string, temporary: string, expected: number) {
    this.#root = root;
    this.#temporary = temporary;
    this.#together = expected >= MANY && canSyncFileSystem();
  }

  /** A file that `keep` will give its name, in a folder that exists. */
  write(path: string, bytes: Uint8Array): void {
    const temporary = `${this.#temporary}-${(this.#count += 1)}`;
    const file = openSync(temporary, "wx", 0o644);
    this.#pending.push({ temporary, path });
    this.#folders.add(dirname(path));
    try {
      for (let done = 0; done < bytes.byteLength;) done += writeSync(file, bytes, done);
      if (!this.#together) fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }

  /** A file that is there already, by the same hand or another's: its content and name may not be on the disk yet. */
  retain(path: string): void {
    this.#folders.add(dirname(path));
    if (!this.#together) sync(path);
  }

  /** When this returns, all of it survives a crash of the machine. */
  keep(): void {
    if (this.#folders.size === 0) return;
    if (this.#together && !this.#syncAll()) for (const { temporary } of this.#pending) sync(temporary);
    for (const { temporary, path } of this.#pending) renameSync(temporary, path);
    this.#pending = [];
    if (!this.#together || !this.#syncAll()) for (const folder of this.#folders) sync(folder);
    this.#folders.clear();
  }

  /** Forgets what was not kept. */
  discard(): void {
    for (const { temporary } of this.#pending) rmSync(temporary, { force: true });
    this.#pending = [];
  }

  /** syncfs(2), by way of coreutils. False where it failed: then nothing is known. */
  #syncAll(): boolean {
    return spawnSync(SYNC_PROGRAM, ["-f", "--", this.#root], { env: {}, stdio: "ignore" }).status === 0;
  }
}

function sync(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** What a failure to write means to an operator. */
export function writing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw systemError(error, "cannot store a file");
  }
}
