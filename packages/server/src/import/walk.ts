import { opendir, realpath, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { systemError } from "../errors.ts";
import { chunksOf } from "./local-file.ts";

/** A file that may be a distribution. */
export interface Candidate {
  /** What reports call it. */
  readonly shown: string;
  readonly filename: string;
  /** Its bytes, anew with each call. Rejects with what is this file's own trouble. */
  readonly read: () => AsyncIterable<Uint8Array>;
  /** Where it lies, if it is a file of this machine. */
  readonly path?: string;
  /** What is said about it elsewhere than in it. */
  readonly about?: {
    readonly sha256: string | undefined;
    readonly requiresPython: string | undefined;
    readonly yanked: string | undefined;
  };
}

export interface Walk {
  /** Sorted by path. */
  readonly candidates: readonly Candidate[];
  /** Files that do not look like wheels or sdists: signatures, old installers, notes. */
  readonly ignored: number;
}

const DISTRIBUTION = /\.(whl|tar\.gz|zip)$/;

/**
 * Finds the distributions of a folder and the folders below. Names that start with a dot are passed over. A link to a
 * file counts when it stays inside; links that lead out, and links to folders, are ignored.
 */
export async function walk(folder: string): Promise<Walk> {
  const candidates: Candidate[] = [];
  let ignored = 0;
  try {
    const top = await realpath(folder);
    for await (const entry of await opendir(top, { recursive: true })) {
      const path = join(entry.parentPath, entry.name);
      const shown = relative(top, path);
      if (entry.isDirectory() || shown.split(sep).some((part) => part.startsWith("."))) continue;
      const file = entry.isFile() ? path : entry.isSymbolicLink() ? await fileInside(path, top) : undefined;
      // The link's target, not the link: when it is opened it may have come to lead elsewhere.
      const wanted = file !== undefined && DISTRIBUTION.test(entry.name);
      if (wanted) candidates.push({ shown, filename: entry.name, path: file, read: () => chunksOf(file) });
      else ignored += 1;
    }
  } catch (error) {
    throw systemError(error, `cannot read the folder ${folder}`);
  }
  candidates.sort((a, b) => (a.shown < b.shown ? -1 : 1));
  return { candidates, ignored };
}

async function fileInside(link: string, top: string): Promise<string | undefined> {
  try {
    const target = await realpath(link);
    return target.startsWith(top + sep) && (await stat(target)).isFile() ? target : undefined;
  } catch {
    return undefined;
  }
}
