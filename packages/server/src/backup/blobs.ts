import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { systemError } from "../errors.ts";
import { copyVerified, exists, hashOfFile, makeFolder, syncFolder } from "../storage/durable.ts";

/** Blobs that are copied at a time: mostly they wait for the disk. */
const WORKERS = 8;
const PREFIX = /^[0-9a-f]{2}$/;
const SHA256 = /^[0-9a-f]{64}$/;

export interface CopyBlobsOptions {
  /** Hard links where both folders lie on one file system: no space is taken, but one broken disk breaks both. */
  readonly link: boolean;
  /** What is there already is hashed again, not only measured. */
  readonly verify: boolean;
  readonly onBlob?: ((bytes: number) => void) | undefined;
}

/** What became of the blobs of a folder. */
export interface CopiedBlobs {
  readonly copied: number;
  readonly bytes: number;
  /** Were there already. */
  readonly kept: number;
  /** Names of blobs whose content is not what they are named by: nothing of them was copied. */
  readonly damaged: readonly string[];
}

/**
 * Brings every blob of one folder into another, each compared with the hash it is named by. What is there already, by
 * name and length, is left: blobs never change. Staging is left out. When it is fulfilled all is on the disk.
 */
export async function copyBlobs(from: string, to: string, options: CopyBlobsOptions): Promise<CopiedBlobs> {
  const result = { copied: 0, bytes: 0, kept: 0, damaged: [] as string[] };
  for (const prefix of await entries(from, PREFIX)) {
    const names = (await entries(join(from, prefix), SHA256)).values();
    await makeFolder(join(to, prefix));
    const work = async (): Promise<void> => {
      for (const name of names) await copyOne(join(from, prefix, name), join(to, prefix, name), name, options, result);
    };
    await Promise.all(Array.from({ length: WORKERS }, work));
    await syncFolder(join(to, prefix));
  }
  return result;
}

async function copyOne(
  source: string,
  path: string,
  sha256: string,
  { link, verify, onBlob }: CopyBlobsOptions,
  result: { copied: number; bytes: number; kept: number; damaged: string[] },
): Promise<void> {
  const length = await lengthOf(source);
  if (length === undefined) return;
  if ((await lengthOf(path)) === length && (!verify || (await hashOfFile(path)) === sha256)) result.kept += 1;
  else if (await copyVerified(source, path, { sha256, link })) {
    result.copied += 1;
    result.bytes += length;
  } else result.damaged.push(sha256);
  onBlob?.(length);
}

async function lengthOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw systemError(error, `cannot look at ${path}`);
  }
}

async function entries(folder: string, pattern: RegExp): Promise<readonly string[]> {
  if (!(await exists(folder))) return [];
  try {
    return (await readdir(folder)).filter((name) => pattern.test(name)).sort();
  } catch (error) {
    throw systemError(error, `cannot look into ${folder}`);
  }
}
