/**
 * The only module that writes files, with `durable-group.ts`. What it has reported as written survives a crash of the machine: contents are
 * synced before they get their name, and the folder is synced after. Half a file never stands under a final name.
 */
import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { link, mkdir, open, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { release } from "node:os";
import { dirname, join } from "node:path";
import { systemError } from "../errors.ts";

/** Makes a folder and its parents; those that were missing are synced into place. */
export async function makeFolder(path: string, mode = 0o755): Promise<void> {
  try {
    const first = await mkdir(path, { recursive: true, mode });
    if (first === undefined) return;
    const top = dirname(first);
    for (let folder = dirname(path); folder.length >= top.length; folder = dirname(folder)) {
      await syncFolder(folder);
      if (folder === top) return;
    }
  } catch (error) {
    throw systemError(error, `cannot make the folder ${path}`);
  }
}

/** Makes the entries of a folder durable: names that were added, changed or removed. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Where `sync` of coreutils lies; its `-f` is syncfs(2), for which Node has no call. */
export const SYNC_PROGRAM = "/bin/sync";
/** Before this release of Linux, syncfs(2) did not tell of errors. */
const TELLING_LINUX = [5, 8] as const;
let syncsFileSystem = process.platform === "linux" && isTellingLinux(release());

/** Whether the system has syncfs(2) with errors, as far as is known. */
export function canSyncFileSystem(): boolean {
  return syncsFileSystem;
}

function isTellingLinux(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map((part) => parseInt(part, 10));
  return major > TELLING_LINUX[0] || (major === TELLING_LINUX[0] && minor >= TELLING_LINUX[1]);
}

/**
 * Puts everything that was written to the file system of a folder on the disk: contents, names and folders. False where
 * the system has no way to do so, or it failed: then nothing is known, and each file must be synced by itself.
 */
export async function syncFileSystem(folder: string): Promise<boolean> {
  if (!syncsFileSystem) return false;
  syncsFileSystem = await new Promise<boolean>((resolve) => {
    execFile(SYNC_PROGRAM, ["-f", "--", folder], { env: {} }, (error) => {
      resolve(error === null);
    });
  });
  return syncsFileSystem;
}

/** A small file as a whole. With `replace` false an existing file is left alone and the system's EEXIST is passed on. */
export async function writeWholeFile(
  path: string,
  bytes: Uint8Array | string,
  options: { readonly mode?: number; readonly replace?: boolean } = {},
): Promise<void> {
  const temporary = join(dirname(path), `.${randomBytes(8).toString("hex")}.part`);
  try {
    const file = await open(temporary, "wx", options.mode ?? 0o644);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await place(temporary, path, options.replace ?? true);
  } catch (error) {
    await rm(temporary, { force: true });
    throw systemError(error, `cannot write ${path}`);
  }
}

/** Removes a file for good; one that is not there is fine. */
export async function removeFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
    await syncFolder(dirname(path));
  } catch (error) {
    throw systemError(error, `cannot remove ${path}`);
  }
}

/** A file that grows under a temporary name until `keep` gives it its own. */
export class PendingFile {
  readonly handle: FileHandle;
  readonly #path: string;
  #gone = false;

  private constructor(handle: FileHandle, path: string) {
    this.handle = handle;
    this.#path = path;
  }

  /** Starts a file in a folder that must be on the same file system as its final place. */
  static async start(folder: string, name: string): Promise<PendingFile> {
    const path = join(folder, name);
    try {
      return new PendingFile(await open(path, "wx+", 0o644), path);
    } catch (error) {
      throw systemError(error, `cannot write into ${folder}`);
    }
  }

  /** Everything written so far is on the disk. */
  async sync(): Promise<void> {
    await this.handle.sync();
  }

  /** Gives the synced file its final name, replacing nothing else than the same content. The folder is not synced. */
  async rename(path: string): Promise<void> {
    this.#gone = true;
    try {
      await this.handle.close();
      await rename(this.#path, path);
    } catch (error) {
      await rm(this.#path, { force: true });
      throw systemError(error, `cannot write ${path}`);
    }
  }

  /** Forgets the file. Harmless when it was kept. */
  async discard(): Promise<void> {
    if (this.#gone) return;
    this.#gone = true;
    await this.handle.close();
    await rm(this.#path, { force: true });
  }
}

async function place(temporary: string, path: string, replace: boolean): Promise<void> {
  if (replace) await rename(temporary, path);
  else {
    await link(temporary, path);
    await rm(temporary);
  }
  await syncFolder(dirname(path));
}

/** Whether there is a file or folder at a path. */
export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw systemError(error, `cannot look at ${path}`);
  }
}

/** SHA-256 of a file, lower-case hex. */
export async function hashOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: COPY_BYTES })) hash.update(chunk as Uint8Array);
    return hash.digest("hex");
  } catch (error) {
    throw systemError(error, `cannot read ${path}`);
  }
}

/** Bytes read at a time while a file is copied or hashed. */
const COPY_BYTES = 256 * 1024;

/**
 * Copies a file, or links it where that is wanted and can be done, if its content has this hash; false where it has
 * not, and then nothing was written. The content is on the disk afterwards; the name is with the folder's next
 * {@link syncFolder}.
 */
export async function copyVerified(
  source: string,
  path: string,
  { sha256, link: linking }: { readonly sha256: string; readonly link: boolean },
): Promise<boolean> {
  const temporary = join(dirname(path), `.${randomBytes(8).toString("hex")}.part`);
  try {
    const linked = linking && (await linkTo(source, temporary));
    const found = linked ? await hashOfFile(temporary) : await copyTo(source, temporary);
    if (found === sha256) await rename(temporary, path);
    // Also after a rename: of two links to one file, it leaves both.
    await rm(temporary, { force: true });
    return found === sha256;
  } catch (error) {
    await rm(temporary, { force: true });
    throw systemError(error, `cannot copy to ${path}`);
  }
}

async function linkTo(source: string, path: string): Promise<boolean> {
  try {
    await link(source, path);
    return true;
  } catch (error) {
    if (["EXDEV", "EPERM", "EMLINK", "ENOTSUP"].includes(String((error as NodeJS.ErrnoException).code))) return false;
    throw error;
  }
}

async function copyTo(source: string, path: string): Promise<string> {
  const hash = createHash("sha256");
  const file = await open(path, "wx", 0o644);
  try {
    for await (const chunk of createReadStream(source, { highWaterMark: COPY_BYTES })) {
      hash.update(chunk as Uint8Array);
      await file.writeFile(chunk as Uint8Array);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return hash.digest("hex");
}

/** Gives a file that is complete under another name its final one. It is on the disk, under this name, afterwards. */
export async function placeFile(from: string, path: string): Promise<void> {
  try {
    const file = await open(from, "r");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    await place(from, path, true);
  } catch (error) {
    throw systemError(error, `cannot write ${path}`);
  }
}
