import { readFile } from "node:fs/promises";
import { systemClock } from "../clock.ts";
import type { OpenIndex } from "../data-folder.ts";
import { ServerError, systemError } from "../errors.ts";
import { prohibitNames, releaseName, reserveName, type NamePorts } from "../names/administer.ts";
import type { NameRule } from "../names/name-store.ts";
import { administer, printJson, table } from "./administration.ts";
import type { ReserveOptions } from "./name.ts";
import { count } from "./words.ts";

/** `name reserve`. */
export async function reserve(text: string, options: ReserveOptions): Promise<void> {
  const { data, for: accounts, note } = options;
  const [exact, imports] = [options.exact === true, options.forImports === true];
  const name = await withNames(data, (ports) => reserveName(ports, text, { exact, imports, accounts, note }));
  process.stderr.write(`Reserved ${exact ? name : `${name} and all names that begin with ${name}-`}\n`);
}

interface ProhibitOptions {
  readonly data: string;
  readonly file?: string;
  readonly note: string;
}

/** `name prohibit`. */
export async function prohibit(names: readonly string[], { data, file, note }: ProhibitOptions): Promise<void> {
  const all = [...names, ...(file === undefined ? [] : await namesIn(file))];
  if (all.length === 0)
    throw new ServerError("USAGE", "no name is given", { hint: "give names, or a file with --file" });
  const prohibited = await withNames(data, (ports) => prohibitNames(ports, all, note));
  process.stderr.write(`Prohibited ${count(prohibited.length, "name")}\n`);
}

/** `name release`. */
export async function release(text: string, data: string): Promise<void> {
  const was = await withNames(data, (ports) => releaseName(ports, text));
  process.stderr.write(`${text} is ${was.join(" and ")} no longer\n`);
}

/** `name list`. */
export async function list(data: string, json: boolean): Promise<void> {
  const rules = await administer(data, (_, { names }) => names.rules());
  if (json) printJson(rules.map((rule) => ({ ...rule, since: new Date(rule.since).toISOString() })));
  else process.stdout.write(table(rules.map((rule) => [shownName(rule), rule.kind, whom(rule), rule.note])));
}

function shownName({ kind, name, exact }: NameRule): string {
  return kind === "reserved" && !exact ? `${name}, ${name}-*` : name;
}

function whom({ kind, accounts, imports }: NameRule): string {
  if (kind === "prohibited") return "";
  return `for ${[...accounts, ...(imports ? ["imports"] : [])].join(", ") || "nobody"}`;
}

/** Names of a file that a person wrote. */
async function namesIn(path: string): Promise<readonly string[]> {
  try {
    const lines = (await readFile(path, "utf8")).split("\n").map((line) => line.trim());
    return lines.filter((line) => line !== "" && !line.startsWith("#"));
  } catch (error) {
    throw systemError(error, `cannot read ${path}`);
  }
}

function withNames<T>(data: string, work: (ports: NamePorts) => Promise<T>): Promise<T> {
  return administer(data, (_, { names, audit }: OpenIndex) => work({ names, audit, clock: systemClock }));
}
