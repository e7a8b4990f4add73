import { createHash, randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { open, readdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { systemError } from "../../errors.ts";
import type { BlobStore, StagedBlob } from "../blob-store.ts";
import { chunksOf } from "./chunks.ts";
import { descriptorReader } from "./descriptor-reader.ts";
import { makeFolder, PendingFile, syncFolder } from "../durable.ts";
import { KeepGroup } from "./keep-group.ts";
import { ownerName, pathOfBlob, stagingOf } from "./places.ts";

/** Staging of another machine's process is removed when it was quiet for so long. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;
/** Lengths that are asked for in one turn of the event loop. */
const SIZES_AT_ONCE = 100;

/**
 * Blobs as files: `<folder>/<first two hex digits>/<sha256>`. Staging lies in the same folder, hence on the same file
 * system, in one sub-folder per process, so that what a killed process left can be told from what a living one writes.
 */
export class LocalBlobs implements BlobStore {
  readonly #folder: string;
  readonly #made = new Set<string>();
  readonly #group: KeepGroup;

  constructor(folder: string) {
    this.#folder = folder;
    this.#group = new KeepGroup(folder);
  }

  async stage(source: AsyncIterable<Uint8Array>): Promise<StagedBlob> {
    const staging = stagingOf(this.#folder);
    await this.#make(staging);
    const file = await PendingFile.start(staging, randomBytes(12).toString("hex"));
    try {
      const hash = createHash("sha256");
      let length = 0;
      for await (const chunk of source) {
        hash.update(chunk);
        await file.handle.writeFile(chunk);
        length += chunk.byteLength;
      }
      return this.#staged(file, hash.digest("hex"), length);
    } catch (error) {
      await file.discard();
      throw systemError(error, "cannot store a file");
    }
  }

  #staged(file: PendingFile, sha256: string, length: number): StagedBlob {
    const keep = async (): Promise<void> => {
      const path = this.#path(sha256);
      // One of another length was damaged: this one takes its place.
      if ((await this.size(sha256)) === length) {
        // Whoever has put it there may not have got round to this.
        await syncFolder(dirname(path));
        return file.discard();
      }
      await this.#make(join(this.#folder, sha256.slice(0, 2)));
      await this.#group.keep(file, path);
    };
    return { sha256, length, reader: descriptorReader(file.handle.fd, length), keep, discard: () => file.discard() };
  }

  async read(sha256: string): Promise<Uint8Array | undefined> {
    return missing(readFile(this.#path(sha256)));
  }

  async size(sha256: string): Promise<number | undefined> {
    return (await missing(stat(this.#path(sha256))))?.size;
  }

  async sizes(sha256s: readonly string[]): Promise<readonly (number | undefined)[]> {
    const sizes: (number | undefined)[] = [];
    for (const sha256 of sha256s) {
      // What was just put in is in the system's memory: asking there takes microseconds, by way of a thread ten times that.
      sizes.push(sizeNow(this.#path(sha256)));
      if (sizes.length % SIZES_AT_ONCE === 0) await nextTurn();
    }
    return sizes;
  }

  async stream(sha256: string, start: number, end: number): Promise<AsyncIterable<Uint8Array> | undefined> {
    const file = await missing(open(this.#path(sha256), "r"));
    if (file === undefined) return undefined;
    return chunksOf(file, start, end);
  }

  async tidy(): Promise<number> {
    const staging = join(this.#folder, "staging");
    const owners = (await missing(readdir(staging))) ?? [];
    let removed = 0;
    for (const owner of owners) {
      if (isAlive(owner) || (isElsewhere(owner) && (await isRecent(join(staging, owner))))) continue;
      const left = (await missing(readdir(join(staging, owner)))) ?? [];
      await rm(join(staging, owner), { recursive: true, force: true });
      removed += left.length;
    }
    return removed;
  }

  #path(sha256: string): string {
    return pathOfBlob(this.#folder, sha256);
  }

  async #make(folder: string): Promise<void> {
    if (this.#made.has(folder)) return;
    await makeFolder(folder, 0o755);
    this.#made.add(folder);
  }
}

function sizeNow(path: string): number | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.size;
  } catch (error) {
    throw systemError(error, "cannot read a stored file");
  }
}

/** The result, or undefined where there is no such file. */
async function missing<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw systemError(error, "cannot read a stored file");
  }
}

function isElsewhere(owner: string): boolean {
  return owner !== ownerName(parseInt(owner, 10));
}

/** Whether something was put into a folder lately. */
async function isRecent(folder: string): Promise<boolean> {
  const { mtimeMs } = (await missing(stat(folder))) ?? { mtimeMs: 0 };
  return Date.now() - mtimeMs < ABANDONED_AFTER_MS;
}

/** Whether a process of this machine exists. One of another user counts: leaving its files is the harmless mistake. */
function isAlive(owner: string): boolean {
  const pid = parseInt(owner, 10);
  if (isElsewhere(owner) || !(pid > 0)) return false;
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
