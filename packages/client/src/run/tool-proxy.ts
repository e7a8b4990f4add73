import { readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { asTable, readPlainFile, type Table } from "../config/toml-file.ts";
import { ClientError, systemCode } from "../errors.ts";
import { settingsFiles } from "../platform.ts";

/** uv's settings for a proxy of its own. They outweigh the environment, and so the gate. */
export const UV_PROXIES: readonly string[] = ["http-proxy", "https-proxy", "no-proxy"];
/** Variables that hatch would set for pip and uv in place of a run's: a proxy, or a file that may name one. */
const PROXY_VARIABLE = /^(?:(?:https?|all|no|pip)_proxy|(?:pip|uv)_config_file)$/i;
/** What a file without such a setting does not have, however TOML spells it. */
const SUSPECT = /proxy|config_file|\\[uUx]/i;
/** Largest settings file, and largest script, that are looked at, in bytes. */
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_SCRIPT_BYTES = 64 * 1024 * 1024;
const MAX_DEPTH = 50;
/** A script's own settings (PEP 723): comment lines after a first one, to the last that ends them. */
const BLOCK = /^# \/\/\/ script\s*\n((?:#[^\n]*\n)*#[^\n]*)/m;
const TRUE = new Set(["1", "true", "t", "yes", "y", "on"]);

/**
 * Refuses to start where uv, or hatch for its environments, would find a proxy in settings: those of the machine and the user,
 * those of the folder that the command starts in and of folders above it, and those of folders, files and scripts that the
 * command line names.
 * @throws ClientError `TOOL_PROXY`
 */
export async function requireNoToolProxy(
  env: NodeJS.ProcessEnv,
  folder: string,
  args: readonly string[],
): Promise<void> {
  const words = [env["UV_PROJECT"], env["UV_WORKING_DIR"], env["UV_WORKING_DIRECTORY"], ...args.map(valueOf)];
  const named = words.flatMap((word) => (word === undefined || word.includes("\0") ? [] : [resolve(folder, word)]));
  const kinds = new Map(named.map((path) => [path, kindOf(path)]));
  const of = (kind: Kind): readonly string[] => named.filter((path) => kinds.get(path) === kind);
  const files = new Set([
    ...settingsFiles("uv", { env }),
    ...[env["UV_CONFIG_FILE"] ?? ""].filter((path) => path !== "").map((path) => resolve(folder, path)),
    ...of("settings"),
    ...[folder, ...of("folder")]
      .flatMap(upwards)
      .flatMap((place) => ["uv.toml", "hatch.toml", "pyproject.toml"].map((name) => join(place, name))),
  ]);
  const uv = !TRUE.has((env["UV_NO_CONFIG"] ?? "").toLowerCase());
  for (const path of files) await check(path, readSettings, uv);
  for (const path of uv ? of("script") : []) await check(path, readScript, uv);
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

async function check(path: string, read: (path: string) => string, uv: boolean): Promise<void> {
  const found = await proxiesIn(path, read, uv);
  if (found.length === 0) return;
  throw new ClientError("TOOL_PROXY", `${path} would lead past the gate: ${found.join(", ")}`, {
    hint: "take it out, and name the proxy in HTTPS_PROXY, through which the gate itself goes; or set UV_NO_CONFIG=1 if uv needs none of its settings",
  });
}

/** The settings for a proxy, if any. Of what cannot be read nobody can say what uv makes of it. */
async function proxiesIn(path: string, read: (path: string) => string, uv: boolean): Promise<readonly string[]> {
  try {
    const text = read(path);
    if (!SUSPECT.test(text)) return [];
    const { parse } = await import("smol-toml");
    const top = asTable(parse(text, { maxDepth: MAX_DEPTH }));
    const alone = path.endsWith(".toml") && !path.endsWith("pyproject.toml");
    const [ofUv, ofHatch] = alone ? [top, top] : ["uv", "hatch"].map((name) => tableOf(tableOf(top, "tool"), name));
    return [
      ...UV_PROXIES.filter((name) => uv && ofUv?.has(name) === true).map((name) => `uv's ${name}`),
      ...(ofHatch === undefined ? [] : hatchProxies(ofHatch)),
    ];
  } catch (error) {
    return [error instanceof ClientError ? error.message : "it cannot be read"];
  }
}

function hatchProxies(hatch: Table): readonly string[] {
  const envs = tableOf(hatch, "envs");
  const variables = [...envs.keys()].flatMap((name) => [...tableOf(tableOf(envs, name), "env-vars").keys()]);
  return variables.filter((name) => PROXY_VARIABLE.test(name)).map((name) => `hatch's ${name}`);
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
