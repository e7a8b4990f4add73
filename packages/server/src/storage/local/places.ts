import { hostname } from "node:os";
import { join } from "node:path";
import { ServerError } from "../../errors.ts";

const SHA256 = /^[0-9a-f]{64}$/;

/** Where a blob lies: `<folder>/<first two hex digits>/<sha256>`. */
export function pathOfBlob(folder: string, sha256: string): string {
  if (!SHA256.test(sha256)) throw new ServerError("DATA_DAMAGED", "a row names a blob by something other than SHA-256");
  return join(folder, sha256.slice(0, 2), sha256);
}

/** Where this process's blobs lie before they have a name. */
export function stagingOf(folder: string): string {
  return join(folder, "staging", ownerName(process.pid));
}

/** The name of a process's staging: containers that share a data folder do not share their processes' numbers. */
export function ownerName(pid: number): string {
  return `${pid}@${hostname().replaceAll(/[^A-Za-z0-9.-]/g, "_")}`;
}
