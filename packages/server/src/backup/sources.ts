import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { baseUrl, fileUrl, metadataFilename, metadataUrl } from "@countermark/repository";
import { systemError } from "../errors.ts";
import { fetchAnswer, fetchBytes } from "../fetch/fetch.ts";

/** Most bytes of one role file: a snapshot with a million roles. */
const MAX_ROLE_BYTES = 256 * 1024 * 1024;

/** Somewhere that may have what was published after a backup. Nothing of it is believed. */
export interface Source {
  readonly shown: string;
  /** A role's file; the timestamp whatever the version. */
  role(name: string, version: number): Promise<Uint8Array | undefined>;
  /** A file of a project, or its metadata where the name ends so. */
  file(project: string, filename: string, maxBytes: number): Promise<AsyncIterable<Uint8Array> | undefined>;
}

/** A running index or a mirror of it. Throws a TypeError for what is no base URL. */
export function urlSource(text: string): Source {
  const base = baseUrl(text);
  const mayFollow = (to: URL): boolean => to.origin === new URL(base).origin;
  return {
    shown: base,
    role: (name, version) => fetchBytes(new URL(metadataUrl(name, version), base), { mayFollow }, MAX_ROLE_BYTES),
    file: async (project, filename, maxBytes) =>
      (await fetchAnswer(new URL(fileUrl(project, filename), base), { mayFollow }, maxBytes))?.body,
  };
}

/** A folder with role files, as a TUF client or a mirror keeps them: `timestamp.json`, `7.snapshot.json`, … */
export function folderSource(folder: string): Source {
  return {
    shown: folder,
    role: async (name, version) =>
      (await readIfThere(join(folder, metadataFilename(name, version)))) ??
      (name === "snapshot" ? readIfThere(join(folder, "snapshot.json")) : undefined),
    file: () => Promise.resolve(undefined),
  };
}

/** A URL or a folder, by how it is written. */
export function sourceOf(text: string): Source {
  return /^https?:\/\//.test(text) ? urlSource(text) : folderSource(text);
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw systemError(error, `cannot read ${path}`);
  }
}
