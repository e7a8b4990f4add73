import { lstat, open, writeFile } from "node:fs/promises";
import { ClientError, systemCode } from "../errors.ts";
import { TO_READ } from "../platform.ts";

/**
 * Reads a file that was carried here on somebody's stick: an ordinary file of at most `maxBytes`, judged before anything of it
 * is read. A pipe or a device, also behind a link, would keep a holder waiting, or never end.
 * @throws ClientError `CEREMONY_FILE`
 */
export async function readCarried(path: string, maxBytes: number): Promise<Uint8Array> {
  const file = await open(path, TO_READ).catch((cause: unknown) => {
    throw refuse(path, "cannot be read", cause);
  });
  try {
    const about = await file.stat();
    if (!about.isFile()) throw refuse(path, "is no file");
    if (about.size > maxBytes) throw refuse(path, `has ${about.size} bytes, more than ${maxBytes}`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** Refuses to write over something, or through a link, before anything is signed. Throws as {@link readCarried}. */
export async function requireFree(path: string): Promise<void> {
  const isThere = await lstat(path).then(
    () => true,
    () => false,
  );
  if (isThere) throw refuse(path, "is there already");
}

/** Writes what is to be carried away. Throws as {@link readCarried}. */
export async function writeCarried(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(path, bytes, { flag: "wx", flush: true });
  } catch (cause) {
    throw refuse(path, systemCode(cause) === "EEXIST" ? "is there already" : "cannot be written", cause);
  }
}

function refuse(path: string, what: string, cause?: unknown): ClientError {
  return new ClientError("CEREMONY_FILE", `${path} ${what}`, {
    hint: "name the file that the index has proposed, and as --out one that does not exist yet",
    ...(cause !== undefined && { cause }),
  });
}
