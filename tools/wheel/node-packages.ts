import { existsSync, globSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { checkout } from "../python/places.ts";
import type { Entry } from "../../test/harness/distributions/zip.ts";

/** What of a third party's package is carried: what runs, and its licence. */
const CARRIED = /\.(?:js|mjs|cjs|json|wasm)$|(?:^|\/)(?:licen[cs]e|notice)[^/]*$/i;
const NOT_CARRIED = /(?:^|\/)(?:node_modules|tests?|docs?|benchmarks?|examples?|types)\//;

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** The client and all that it needs to run, as a `node_modules` folder; entries are sorted by path. */
export function nodePackages(): readonly Entry[] {
  const entries = new Map<string, Uint8Array>();
  const left = ["countermark"];
  for (const name of left) {
    const folder = join(checkout, "node_modules", name);
    const isOurs = name === "countermark" || name.startsWith("@countermark/");
    for (const path of isOurs ? ownFiles(folder) : foreignFiles(folder)) {
      entries.set(`node_modules/${name}/${path}`, readFileSync(join(folder, path)));
    }
    for (const needed of Object.keys(manifestOf(folder).dependencies ?? {}))
      if (!left.includes(needed)) left.push(needed);
  }
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The client's version, which is the wheel's. */
export function clientVersion(): string {
  return manifestOf(join(checkout, "packages", "client")).version;
}

/** What was compiled from a source that is still there: `dist` may hold older things. */
function ownFiles(folder: string): readonly string[] {
  const compiled = globSync("src/**/*.ts", { cwd: folder }).map((path) =>
    unix(path).replace(/^src\/(.*)\.ts$/, "dist/$1.js"),
  );
  const missing = compiled.filter((path) => !existsSync(join(folder, path)));
  if (missing.length > 0) throw new Error(`${relative(checkout, folder)} is not built: run make build`);
  return ["package.json", ...globSync("bin/*.js", { cwd: folder }).map(unix), ...compiled];
}

function foreignFiles(folder: string): readonly string[] {
  return globSync("**/*", { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => unix(relative(folder, join(entry.parentPath, entry.name))))
    .filter((path) => CARRIED.test(path) && !NOT_CARRIED.test(path));
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

function unix(path: string): string {
  return path.split(sep).join("/");
}
