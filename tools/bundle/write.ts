import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { checkout } from "../python/places.ts";
import { BUNDLE_FOLDER, BUNDLED, makeBundle } from "./bundle.ts";

/** Writes the bundles of both commands below their packages, in place of older ones. */
export async function writeBundles(): Promise<void> {
  for (const name of BUNDLED) replaceFolder(join(checkout, "packages", name, BUNDLE_FOLDER), await makeBundle(name));
}

/** A command that starts meanwhile finds the old files or the new ones, but for a moment. */
function replaceFolder(folder: string, files: ReadonlyMap<string, string>): void {
  mkdirSync(dirname(folder), { recursive: true });
  const fresh = mkdtempSync(`${folder}-`);
  for (const [file, text] of files) writeFileSync(join(fresh, file), text);
  chmodSync(fresh, 0o755); // a temporary folder is its owner's alone
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
}
