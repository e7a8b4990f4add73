import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";

/** A third party's package of which a bundle holds a part. */
export interface CarriedPackage {
  readonly name: string;
  readonly version: string;
  /** An SPDX identifier. */
  readonly license: string;
  /** The texts of its licence and notices, as it carries them. */
  readonly texts: readonly string[];
}

const MODULES = `${sep}node_modules${sep}`;
const IDENTIFIER = /^[A-Za-z0-9.-]+$/;
const TERMS = /^(?:licen[cs]e|notice|copying)/i;

/**
 * The packages that modules come from, by name.
 * @param modules paths; what does not lie below a `node_modules` is our own
 */
export function carriedPackages(modules: readonly string[]): readonly CarriedPackage[] {
  const folders = new Set(modules.filter((path) => path.includes(MODULES)).map(folderOf));
  return [...folders].map(readPackage).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** `/…/node_modules/@scope/name/lib/x.js` lies in `/…/node_modules/@scope/name`. */
function folderOf(path: string): string {
  const start = path.lastIndexOf(MODULES) + MODULES.length;
  const [first = "", second = ""] = path.slice(start).split(sep);
  return path.slice(0, start) + (first.startsWith("@") ? join(first, second) : first);
}

function readPackage(folder: string): CarriedPackage {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<string, unknown>;
  const { name, version, license } = manifest;
  if (typeof name !== "string" || typeof version !== "string" || typeof license !== "string")
    throw new Error(`${folder} does not state its name, version and licence`);
  if (!IDENTIFIER.test(license)) throw new Error(`${name} is not under one licence: ${license}`);
  const files = readdirSync(folder)
    .filter((file) => TERMS.test(file))
    .sort();
  if (files.length === 0) throw new Error(`${name} does not carry the licence that would have to go with it`);
  return { name, version, license, texts: files.map((file) => readFileSync(join(folder, file), "utf8").trim()) };
}
