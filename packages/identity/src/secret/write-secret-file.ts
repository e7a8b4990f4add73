import { randomBytes } from "node:crypto";
import { link, mkdir, open, rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { IdentityError } from "../errors.ts";

const OWNER_ONLY = 0o600;
const FOLDER_OF_OWNER = 0o700;

/** What to do where there is a file already. */
export type Existing = "keep" | "replace";

/**
 * Writes a file that only its owner may read, whole or not at all: temporary file, fsync, rename, fsync of the folder,
 * which is made where it is missing. With `keep`, a file that is there already is left as it is.
 * Throws `IDENTITY_FILE`.
 */
export async function writeSecretFile(path: string, bytes: Uint8Array, existing: Existing): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: FOLDER_OF_OWNER });
    await writeSynced(temporary, bytes);
    await (existing === "replace" ? rename(temporary, path) : moveBeside(temporary, path));
    await syncFolder(dirname(path));
  } catch (cause) {
    await unlink(temporary).catch(() => undefined);
    if (isCode(cause, "EEXIST")) throw new IdentityError("IDENTITY_FILE", `${path} is there already`, { cause });
    throw new IdentityError("IDENTITY_FILE", `cannot write ${path}`, { cause });
  }
}

/** A rename that never replaces: a second name fails where the first is taken. */
async function moveBeside(temporary: string, path: string): Promise<void> {
  await link(temporary, path);
  await unlink(temporary);
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "wx", OWNER_ONLY);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Windows opens no folders, and needs no such thing. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
