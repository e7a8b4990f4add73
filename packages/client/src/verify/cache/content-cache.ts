import { createHash, randomBytes } from "node:crypto";
import { closeSync, constants, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ClientError, systemCode } from "../../errors.ts";
import { TO_READ } from "../../platform.ts";
import type { Chunks } from "../fetch/http-source.ts";

/** Bytes that are hashed at a time. A file that is no longer stays in memory from then on, so that it is read once. */
const HASH_CHUNK = 1 << 20;
/** Longest file that is read while all else waits: asking another thread for it takes longer than reading it. */
const SHORT = 1 << 16;
/** Files that are still coming in, beside the folders of those that are whole. */
const INCOMING = "incoming";
/** A file that has been coming in for this long was left by a process that was killed. */
const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000;

/** What a cached file must be, to the byte. */
export interface Content {
  /** Lower-case hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly length: number;
}

/** A file whose content was verified and which is held open: whatever happens to its name, these bytes stay. */
export interface OpenContent {
  readonly handle: FileHandle;
  readonly length: number;
  /** All of it, where it is short enough to be kept. */
  readonly bytes?: Uint8Array;
}

/**
 * Fetched files by their SHA-256, shared by any number of processes. Never an anchor of trust: what comes out is hashed
 * again each time, so that a torn, forged or swapped entry is only a fetch more. Entries appear by rename, whole or not
 * at all.
 */
export class ContentCache {
  readonly #folder: string;
  readonly #writing = new Set<Promise<unknown>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The bytes with this digest, at most `maxBytes` of them; `undefined` when they are not here, or not they. */
  async get(sha256: string, maxBytes: number): Promise<Uint8Array | undefined> {
    const path = this.#path(sha256);
    // An error with its stack costs more than this look, and a first installation would make hundreds.
    if (!existsSync(path)) return undefined;
    try {
      const bytes = await readWhole(path, maxBytes);
      if (bytes !== undefined && digest(bytes) === sha256) return bytes;
    } catch {
      return undefined;
    }
    await this.#drop(path);
    return undefined;
  }

  /** Keeps bytes that were verified. A cache that cannot be written costs a fetch next time and is no error. */
  async put(bytes: Uint8Array): Promise<void> {
    const writing = this.#write(digest(bytes), async (handle) => {
      await handle.writeFile(bytes);
      return handle;
    })
      .then((handle) => handle.close())
      .catch(() => undefined);
    this.#writing.add(writing);
    await writing;
    this.#writing.delete(writing);
  }

  /** Waits for what is being put away and nobody waited for: afterwards nothing touches the folder. */
  async settled(): Promise<void> {
    while (this.#writing.size > 0) await Promise.all(this.#writing);
  }

  /** The open file with this content, or `undefined` when it is not here. The caller closes it. */
  async open(content: Content): Promise<OpenContent | undefined> {
    const path = this.#path(content.sha256);
    let handle: FileHandle;
    try {
      handle = await open(path, constants.O_RDONLY);
    } catch {
      return undefined;
    }
    try {
      const { size } = await handle.stat();
      const { sha256, bytes } = size === content.length ? await digestOf(handle, size) : {};
      if (sha256 === content.sha256) return { handle, length: size, ...(bytes && { bytes }) };
    } catch {
      // An entry that cannot be read is an entry that is not here.
    }
    await handle.close();
    await this.#drop(path);
    return undefined;
  }

  /**
   * Takes in a file as it arrives and keeps it only if it has exactly this content. Nothing of another one is left. What is
   * returned was hashed on its way into a file that nobody else has opened: it need not be read again. The caller closes it.
   * @param chunks no more bytes than `content` has
   * @returns `false`: it was another content
   * @throws ClientError `CACHE_UNUSABLE`, `DISK_FULL`, and whatever `chunks` throws
   */
  async take(content: Content, chunks: Chunks): Promise<OpenContent | false> {
    return await this.#write(content.sha256, async (handle) => {
      const hash = createHash("sha256");
      const short: Uint8Array[] = [];
      let length = 0;
      for await (const chunk of chunks) {
        hash.update(chunk);
        if (content.length <= HASH_CHUNK) short.push(chunk);
        else await this.#guard(writeAt(handle, chunk, length));
        length += chunk.length;
      }
      if (length !== content.length || hash.digest("hex") !== content.sha256) return false;
      if (length > HASH_CHUNK) return { handle, length };
      const bytes = Buffer.concat(short);
      await this.#guard(writeAt(handle, bytes, 0));
      return { handle, length, bytes };
    });
  }

  /** Removes what killed processes left half-written. `now` in milliseconds since the epoch. */
  async sweep(now: number): Promise<void> {
    const folder = join(this.#folder, INCOMING);
    for (const name of await readdir(folder).catch(() => [])) {
      const path = join(folder, name);
      const age = await stat(path).then(
        ({ mtimeMs }) => now - mtimeMs,
        () => 0,
      );
      if (age > ABANDONED_AFTER_MS) await this.#drop(path);
    }
  }

  /** Writes a new file and moves it to its place when it is whole. Where `fill` says false, nothing of it is left. */
  async #write<T>(sha256: string, fill: (handle: FileHandle) => Promise<T>): Promise<T> {
    const temporary = join(this.#folder, INCOMING, randomBytes(16).toString("hex"));
    const handle = await this.#guard(inFolderOf(temporary, () => open(temporary, "wx+", 0o600)));
    let isKept = false;
    try {
      const result = await fill(handle);
      if (result !== false) {
        const path = this.#path(sha256);
        await this.#guard(inFolderOf(path, () => rename(temporary, path)));
        isKept = true;
      }
      return result;
    } finally {
      if (!isKept) {
        await handle.close();
        await rm(temporary, { force: true });
      }
    }
  }

  async #guard<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (cause) {
      throw unusable(this.#folder, cause);
    }
  }

  #path(sha256: string): string {
    return join(this.#folder, sha256.slice(0, 2), sha256);
  }

  async #drop(path: string): Promise<void> {
    await rm(path, { force: true }).catch(() => undefined);
  }
}

/** Writes at a place, so that who reads the same handle on begins at the beginning. */
async function writeAt(handle: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await handle.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
  }
}

/** Makes the folder of `path` where `work` misses it: most of the time it is there. */
async function inFolderOf<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
  }
  await mkdir(dirname(path), { recursive: true });
  return await work();
}

/** SHA-256 in lower-case hex. */
export function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** SHA-256 of an open file, and all of its bytes where one reading has them. */
async function digestOf(handle: FileHandle, size: number): Promise<{ sha256: string; bytes?: Uint8Array }> {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafe(Math.min(size, HASH_CHUNK) || 1);
  let offset = 0;
  for (let read = 1; read > 0 && offset < size; offset += read) {
    read = (await handle.read(buffer, 0, buffer.length, offset)).bytesRead;
    hash.update(buffer.subarray(0, read));
    // What came in one piece is what was hashed, whatever becomes of the file.
    if (read === size) return { sha256: hash.digest("hex"), bytes: buffer };
  }
  return { sha256: hash.digest("hex") };
}

/** A file's bytes; `undefined` when it has more than `maxBytes`. */
async function readWhole(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  // A pipe in its place must not keep everybody waiting.
  const file = openSync(path, TO_READ);
  let size: number;
  try {
    ({ size } = fstatSync(file));
    if (size > maxBytes) return undefined;
    if (size <= SHORT) {
      const buffer = Buffer.allocUnsafe(size);
      return buffer.subarray(0, readSync(file, buffer, 0, size, 0));
    }
  } finally {
    closeSync(file);
  }
  const handle = await open(path, constants.O_RDONLY);
  try {
    const buffer = Buffer.allocUnsafe(size);
    const { bytesRead } = await handle.read(buffer, 0, size, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function unusable(folder: string, cause: unknown): ClientError {
  const code = systemCode(cause);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new ClientError("DISK_FULL", `no space is left for the cache in ${folder}`, {
      hint: "free some space, or name another folder with XDG_CACHE_HOME or COUNTERMARK_HOME",
      cause,
    });
  }
  return new ClientError("CACHE_UNUSABLE", `cannot write the cache in ${folder} (${code ?? "failed"})`, {
    hint: "files are verified on disk before they are handed on: name a writable folder with XDG_CACHE_HOME",
    cause,
  });
}
