import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { IdentityError } from "../errors.ts";

/** What group and others may do with a file. */
const OF_OTHERS = 0o077;

/**
 * Reads a file that holds a secret: a regular one of at most `maxBytes`, which (where the system has such permissions)
 * nobody but its owner may read or write. The caller overwrites the bytes. Throws `IDENTITY_FILE`.
 */
export async function readSecretFile(path: string, maxBytes: number): Promise<Buffer> {
  const file = await openSecret(path);
  try {
    await checkFile(file, path, maxBytes);
    return await readAtMost(file, path, maxBytes);
  } finally {
    await file.close();
  }
}

/** Never waits for the other end of a pipe. (Windows has no such flag: `undefined` adds nothing.) */
async function openSecret(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw new IdentityError("IDENTITY_FILE", `cannot open ${path}`, { cause });
  }
}

async function checkFile(file: FileHandle, path: string, maxBytes: number): Promise<void> {
  const stat = await file.stat();
  if (!stat.isFile()) throw new IdentityError("IDENTITY_FILE", `${path} is no regular file`);
  if (stat.size > maxBytes) throw new IdentityError("IDENTITY_FILE", `${path} is larger than ${maxBytes} bytes`);
  if (process.platform !== "win32" && (stat.mode & OF_OTHERS) !== 0) {
    throw new IdentityError("IDENTITY_FILE", `others may read or write ${path}`, { hint: `chmod 600 ${path}` });
  }
}

/** The file may have grown since it was looked at. */
async function readAtMost(file: FileHandle, path: string, maxBytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(maxBytes + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length);
    length += bytesRead;
    if (bytesRead === 0 || length > maxBytes) break;
  }
  if (length > maxBytes) {
    buffer.fill(0);
    throw new IdentityError("IDENTITY_FILE", `${path} is larger than ${maxBytes} bytes`);
  }
  return buffer.subarray(0, length);
}
