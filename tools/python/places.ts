import { existsSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";

/** The checkout's root folder. */
export const checkout: string = join(import.meta.dirname, "..", "..");

const ownCache = join(checkout, ".cache");

/**
 * What was fetched or built once and can be fetched again. Nothing in it is ever trusted without its hash. Several
 * checkouts may share one by a link: environments know their own path, so it is the one that the link leads to.
 */
export const cache: string = existsSync(ownCache) ? realpathSync(ownCache) : ownCache;

/** A committed requirements file: exact versions with hashes. */
export function requirementsFile(name: string): string {
  return join(import.meta.dirname, "requirements", `${name}.txt`);
}

/** The text of {@link requirementsFile}. */
export function requirements(name: string): string {
  return readFileSync(requirementsFile(name), "utf8");
}
