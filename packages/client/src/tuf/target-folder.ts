import { createHash, randomBytes, type Hash } from "node:crypto";
import { closeSync, fstatSync, mkdirSync, openSync, readSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { TufError, type TargetFile } from "@countermark/tuf";
import { NO_LINK, TO_READ } from "../platform.ts";
import type { Chunks } from "../verify/fetch/http-source.ts";
import { guardFolder, syncFolder, unusable } from "./folder-files.ts";
import { targetFileName } from "./safe-name.ts";

/** Hash algorithms that TUF clients know, under their names there and in node:crypto. */
const ALGORITHMS: ReadonlySet<string> = new Set(["sha256", "sha512"]);

/** How much of a file is read at once, in bytes. */
const CHUNK = 256 * 1024;

/** Downloaded targets in a folder, each under one name for ever. A file takes its name only once it is verified. */
export class TargetFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Where a target's file stands, or will. */
  path(target: string): string {
    return join(this.#folder, targetFileName(target));
  }

  /**
   * Whether the file that stands there is the wanted one: then it need not be fetched again.
   * @throws TufError `TUF_INTEGRITY` for a target that could never be verified
   */
  holds(target: string, wanted: TargetFile): boolean {
    const check = new TargetCheck(wanted);
    let file: number | undefined;
    try {
      file = openSync(this.path(target), TO_READ | NO_LINK);
      const about = fstatSync(file);
      if (!about.isFile() || about.size !== wanted.length) return false;
      const chunk = Buffer.allocUnsafe(Math.min(about.size + 1, CHUNK));
      for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
        check.update(chunk.subarray(0, read));
      }
      return check.passes();
    } catch {
      return false;
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }

  /**
   * Takes a file in as it arrives; nothing of a wrong one is left.
   * @throws TufError `TUF_INTEGRITY`, ClientError `STATE_UNUSABLE`, `DISK_FULL`, and whatever `chunks` throws
   */
  async take(target: string, wanted: TargetFile, chunks: Chunks): Promise<void> {
    const check = new TargetCheck(wanted);
    guardFolder(this.#folder, () => mkdirSync(this.#folder, { recursive: true }));
    const part = join(this.#folder, `.${randomBytes(8).toString("hex")}.part`);
    const file = await this.#guard(open(part, "wx", 0o644));
    try {
      for await (const chunk of chunks) {
        check.update(chunk);
        await this.#guard(file.writeFile(chunk));
      }
      if (!check.passes()) throw new TufError("TUF_INTEGRITY", `${target} is not the file that was signed`);
      await this.#guard(file.sync());
      await this.#guard(rename(part, this.path(target)));
      guardFolder(this.#folder, () => {
        syncFolder(this.#folder);
      });
    } finally {
      await file.close();
      await rm(part, { force: true });
    }
  }

  async #guard<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (cause) {
      throw unusable(this.#folder, cause);
    }
  }
}

/** The digest by which a repository with consistent snapshots names a target's file: one of those it is signed with. */
export function digestInName({ hashes }: TargetFile): string | undefined {
  return hashes.get("sha256") ?? hashes.get("sha512");
}

/** Measures bytes against length and every hash (TUF 5.7.2); one of an algorithm that is not known fits nothing. */
class TargetCheck {
  readonly #wanted: TargetFile;
  readonly #hashes = new Map<string, Hash>();
  #length = 0;

  constructor(wanted: TargetFile) {
    this.#wanted = wanted;
    for (const algorithm of wanted.hashes.keys()) {
      if (!ALGORITHMS.has(algorithm)) {
        const name = JSON.stringify(algorithm.slice(0, 40));
        throw new TufError("TUF_INTEGRITY", `a target is signed with a ${name} hash, which is not supported`);
      }
      this.#hashes.set(algorithm, createHash(algorithm));
    }
  }

  update(chunk: Uint8Array): void {
    this.#length += chunk.length;
    for (const hash of this.#hashes.values()) hash.update(chunk);
  }

  /** Asked once, at the end. */
  passes(): boolean {
    const { length, hashes } = this.#wanted;
    const digests = [...this.#hashes].map(([algorithm, hash]) => hash.digest("hex") === hashes.get(algorithm));
    return this.#length === length && digests.length > 0 && digests.every(Boolean);
  }
}
