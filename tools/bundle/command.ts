import { globSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { checkout } from "../python/places.ts";
import { BUNDLE_FOLDER, makeBundle, type Bundled } from "./bundle.ts";

interface Manifest {
  readonly version: string;
  readonly files: readonly string[];
}

/**
 * What a package's command needs to run, and nothing else: the files that its manifest names, bundled anew whatever lies in
 * `dist`. Sorted by path, which is relative to the package's folder.
 */
export async function commandFiles(name: Bundled): Promise<readonly (readonly [path: string, bytes: Uint8Array])[]> {
  const folder = join(checkout, "packages", name);
  const kept = manifestOf(name).files.filter((path) => path !== BUNDLE_FOLDER);
  const paths = ["package.json", ...kept.flatMap((path) => globSync(`${path}/*`, { cwd: folder }))];
  const bundle = await makeBundle(name);
  const files = [
    ...paths.map((path) => [path.split(sep).join("/"), readFileSync(join(folder, path))] as const),
    ...[...bundle].map(([file, text]) => [`${BUNDLE_FOLDER}/${file}`, Buffer.from(text)] as const),
  ];
  return files.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The version of a package whose command is bundled. */
export function commandVersion(name: Bundled): string {
  return manifestOf(name).version;
}

function manifestOf(name: Bundled): Manifest {
  return JSON.parse(readFileSync(join(checkout, "packages", name, "package.json"), "utf8")) as Manifest;
}
