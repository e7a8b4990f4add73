import { readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { asTable, readPlainFile, type Table } from "../config/toml-file.ts";
import { ClientError, systemCode } from "../errors.ts";
import { settingsFiles } from "../platform.ts";
import { hatchProxies } from "./hatch-proxy.ts";

/** uv's settings for a proxy of its own. They outweigh the environment, and so the gate. */
export const UV_PROXIES: readonly string[] = ["http-proxy", "https-proxy", "no-proxy"];
/** What a file without such a setting does not have, however TOML spells it. */
const SUSPECT = /proxy|env-vars|\\[uUx]/i;
/** Largest settings file, and largest script, that are looked at, in bytes. */
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_SCRIPT_BYTES = 64 * 1024 * 1024;
const MAX_DEPTH = 50;
/** Most folders of one command line from which its other words are looked up. */
const MAX_FOLDERS = 20;
/** pip's option for a proxy, as a word or inside one (`pipx --pip-args`, `sh -c`), shortened as pip allows. */
const PROXY_OPTION = /(?:^|[\s='"])--proxy?(?=$|[\s='"])/;
const CONFIG_FILE = "--config-file";
/** A script's own settings (PEP 723): comment lines after a first one, to the last that ends them. */
const BLOCK = /^# \/\/\/ script\s*\n((?:#[^\n]*\n)*#[^\n]*)/m;
const TRUE = new Set(["1", "true", "t", "yes", "y", "on"]);

/**
 * Refuses to start where uv, or hatch for its environments, would find a proxy in settings: those of the machine and the user,
 * those of the folder that the command starts in and of folders above it, and those of folders, files and scripts that the
 * command line names; and where the command line names a proxy itself.
 * @throws ClientError `TOOL_PROXY`
 */
export async function requireNoToolProxy(
  env: NodeJS.ProcessEnv,
  folder: string,
  args: readonly string[],
): Promise<void> {
  if (args.some((arg) => PROXY_OPTION.test(arg))) throw refusal("the command line", ["--proxy"]);
  const words = [env["UV_PROJECT"], env["UV_WORKING_DIR"], env["UV_WORKING_DIRECTORY"], ...args.map(valueOf)];
  const kinds = kindsOf(words, folder);
  const of = (kind: Kind): readonly string[] => [...kinds].flatMap(([path, its]) => (its === kind ? [path] : []));
  const places = [folder, ...of("folder")];
  const chosen = [env["UV_CONFIG_FILE"] ?? "", ...configFiles(args)].filter((path) => path !== "");
  const files = new Set([
    ...settingsFiles("uv", { env }),
    ...of("settings"),
    ...places
      .flatMap(upwards)
      .flatMap((place) => ["uv.toml", "hatch.toml", "pyproject.toml"].map((name) => join(place, name))),
  ]);
  const uv = !TRUE.has((env["UV_NO_CONFIG"] ?? "").toLowerCase());
  // Whatever its name is, uv reads the file that it is told to as a `uv.toml`.
  const alone = new Set(places.flatMap((place) => chosen.map((path) => resolve(place, path))));
  for (const path of alone) await check(path, readSettings, uv, true);
  for (const path of files) await check(path, readSettings, uv);
  for (const path of uv ? of("script") : []) await check(path, readScript, uv);
}

/** The files that `--config-file` names. */
function configFiles(args: readonly string[]): readonly string[] {
  return args.flatMap((arg, at) => {
    if (arg === CONFIG_FILE) return args[at + 1] ?? [];
    return arg.startsWith(`${CONFIG_FILE}=`) ? valueOf(arg) : [];
  });
}

/** What the words of a command line name, from here or from a folder that another word names (`uv --directory DIR run FILE`). */
function kindsOf(words: readonly (string | undefined)[], folder: string): ReadonlyMap<string, Kind> {
  const plain = [...new Set(words)].flatMap((word) => (word === undefined || word.includes("\0") ? [] : [word]));
  const kinds = new Map<string, Kind>();
  const look = (place: string): void => {
    for (const path of plain.map((word) => resolve(place, word))) {
      if (!kinds.has(path)) kinds.set(path, kindOf(path));
    }
  };
  look(folder);
  const folders = [...kinds].flatMap(([path, kind]) => (kind === "folder" ? [path] : []));
  for (const path of folders.slice(0, MAX_FOLDERS)) look(path);
  return kinds;
}

/** `--project=x` names x as `--project x` does. */
function valueOf(arg: string): string {
  return arg.startsWith("-") ? arg.slice(arg.indexOf("=") + 1) : arg;
}

type Kind = "folder" | "settings" | "script" | "none";

/** Most words of a command line are no path at all, or none that could be: what cannot be looked up is nothing. */
function kindOf(path: string): Kind {
  try {
    const status = statSync(path);
    if (status.isDirectory()) return "folder";
    if (!status.isFile()) return "none";
    return path.endsWith(".toml") ? "settings" : "script";
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return "none";
  }
}

function upwards(folder: string): readonly string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...upwards(above)];
}

/** @param alone whether all of the file is uv's, as its name does not tell */
async function check(path: string, read: (path: string) => string, uv: boolean, alone = isAlone(path)): Promise<void> {
  const found = await proxiesIn(path, read, uv, alone);
  if (found.length === 0) return;
  throw refusal(path, found);
}

function refusal(where: string, found: readonly string[]): ClientError {
  return new ClientError("TOOL_PROXY", `${where} would lead past the gate: ${found.join(", ")}`, {
    hint: "take it out, and name the proxy in HTTPS_PROXY, through which the gate itself goes; or set UV_NO_CONFIG=1 if uv needs none of its settings",
  });
}

/** The settings for a proxy, if any. Of what cannot be read nobody can say what uv makes of it. */
async function proxiesIn(
  path: string,
  read: (path: string) => string,
  uv: boolean,
  alone: boolean,
): Promise<readonly string[]> {
  try {
    const text = read(path);
    if (!SUSPECT.test(text)) return [];
    const { parse } = await import("smol-toml");
    const top = asTable(parse(text, { maxDepth: MAX_DEPTH }));
    const [ofUv, ofHatch] = alone ? [top, top] : ["uv", "hatch"].map((name) => tableOf(tableOf(top, "tool"), name));
    return [
      ...UV_PROXIES.filter((name) => uv && ofUv?.has(name) === true).map((name) => `uv's ${name}`),
      ...(ofHatch === undefined ? [] : hatchProxies(ofHatch)),
    ];
  } catch (error) {
    return [error instanceof ClientError ? error.message : "it cannot be read"];
  }
}

/** Whether a file is one tool's own, without a `[tool]` around. */
function isAlone(path: string): boolean {
  return path.endsWith(".toml") && !path.endsWith("pyproject.toml");
}

function readSettings(path: string): string {
  return readPlainFile(path, { followLinks: true, maxBytes: MAX_BYTES }) ?? "";
}

/** The settings that stand in a script; nothing where it has none, or is no script. */
function readScript(path: string): string {
  if (statSync(path).size > MAX_SCRIPT_BYTES) {
    if (path.endsWith(".py")) throw new TypeError("too large");
    return "";
  }
  const lines = (BLOCK.exec(readFileSync(path, "latin1"))?.[1] ?? "").split("\n");
  const end = lines.findLastIndex((line) => line.trimEnd() === "# ///");
  return lines
    .slice(0, end < 0 ? lines.length : end)
    .map((line) => line.replace(/^# ?/, ""))
    .join("\n");
}

function tableOf(table: Table, key: string): Table {
  const value = table.get(key);
  return value === undefined ? new Map() : asTable(value);
}
