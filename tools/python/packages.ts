import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { programOf } from "./environments.ts";
import { askInterpreter } from "./interpreter.ts";
import { cache, requirements, requirementsFile } from "./places.ts";
import { pipWithRegistry } from "./registry.ts";
import { isStamped, stampOf, writeStamp } from "./stamp.ts";

/** A set of real packages: what the demo's index serves, what the benchmark installs, the Node that our wheel needs. */
export type PackageSet = "demo-packages" | "bench-packages" | "node-binaries";

/** Projects that publish no wheel: only these may be fetched as an sdist, which pip builds to read its metadata. */
const SDIST_ONLY = "docopt";

/**
 * Fetches a set of real packages once and returns the folder that holds them. Files are checked against the
 * requirements' hashes by pip when they are fetched, and here again each time they are used.
 */
export async function fetchPackages(set: PackageSet, tell: (line: string) => void): Promise<string> {
  const { tag } = await askInterpreter(programOf("pip-newest", "python"));
  const folder = join(cache, "packages", set, tag);
  const pinned = requirements(set);
  const stamp = (): string => stampOf(tag, pinned, ...distributionsIn(folder));
  if (existsSync(folder) && isStamped(folder, stamp()) && allPinned(folder, pinned)) return folder;
  tell("fetching real packages into .cache (once)");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await download(set, folder);
  writeStamp(folder, stamp());
  return folder;
}

async function download(set: PackageSet, folder: string): Promise<void> {
  const wheelsBut = ["--only-binary", ":all:", "--no-binary", SDIST_ONLY, "--build-constraint"];
  await pipWithRegistry(programOf("pip-newest", "python"), [
    ...["download", "--quiet", "--no-deps", "--require-hashes", "--dest", folder],
    ...[...wheelsBut, requirementsFile("build-constraint")],
    ...["--requirement", requirementsFile(set)],
  ]);
}

/** Whether every file of `folder` is one that the requirements pin by hash. */
function allPinned(folder: string, pinned: string): boolean {
  return distributionsIn(folder).every((name) => {
    const digest = createHash("sha256")
      .update(readFileSync(join(folder, name)))
      .digest("hex");
    return pinned.includes(`--hash=sha256:${digest}`);
  });
}

/** The names of the wheels and sdists in a folder, sorted. */
export function distributionsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /\.(whl|tar\.gz|zip)$/.test(name))
    .sort();
}
