import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const STAMP = ".stamp";

/** Identifies a set-up by everything it was made from: an interrupted or outdated one has another stamp, or none. */
export function stampOf(...parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:${part}`);
  return hash.digest("hex");
}

/** Whether `folder` was completed from exactly what `stamp` says. */
export function isStamped(folder: string, stamp: string): boolean {
  try {
    return readFileSync(join(folder, STAMP), "utf8") === stamp;
  } catch {
    return false;
  }
}

/** Marks `folder` as complete: the last step of a set-up. */
export function writeStamp(folder: string, stamp: string): void {
  writeFileSync(join(folder, STAMP), stamp);
}
