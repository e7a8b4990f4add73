import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { readTomlFile } from "../config/toml-file.ts";
import { ClientError } from "../errors.ts";
import { readProxies } from "../network/proxies.ts";
import { curlConfigFiles, gitConfigFiles, opennessOf, settingsFiles, type Tool } from "../platform.ts";
import { checkCondaSettings } from "./conda.ts";
import type { Finding } from "./finding.ts";
import { checkCurlConfig } from "./curl-config.ts";
import { checkGitConfig } from "./git-config.ts";
import { checkPipConfig, pipConfigFiles } from "./pip-config.ts";
import { checkPdm, checkPoetryConfig, checkUvSettings } from "./tool-settings.ts";

/** Variables that add a source to a plain command. `run` takes them away. */
const VARIABLES = [
  ...["PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_TRUSTED_HOST", "PIP_PROXY", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS"],
  ...["UV_INDEX_STRATEGY", "UV_INSECURE_HOST", "UV_INDEX_URL", "PDM_IGNORE_STORED_INDEX", "PIP_NO_INDEX"],
];

/** What this machine's settings say that leads elsewhere. `program` is the file that runs now. */
export async function checkMachine(env: NodeJS.ProcessEnv, program: string): Promise<readonly Finding[]> {
  const settings = await Promise.all([
    ...filesOf("uv", env, "UV_CONFIG_FILE").map(async (path) => {
      const table = await readTomlFile(path, { followLinks: true });
      return table === undefined ? [] : checkUvSettings(path, table);
    }),
    ...filesOf("pdm", env, "PDM_CONFIG_FILE").map(async (path) =>
      checkPdm(path, undefined, await readTomlFile(path, { followLinks: true })),
    ),
    ...settingsFiles("poetry", { env }).map(async (path) =>
      checkPoetryConfig(path, await readTomlFile(path, { followLinks: true })),
    ),
  ]);
  return [
    ...checkVariables(env),
    ...checkPipConfig(pipConfigFiles(env)),
    ...checkGitConfig(gitConfigFiles({ env })),
    ...checkCurlConfig(curlConfigFiles({ env })),
    ...checkCondaSettings(settingsFiles("conda", { env })),
    ...settings.flat(),
    ...checkPath(env["PATH"] ?? "", program),
    ...checkProxies(env),
  ];
}

function checkVariables(env: NodeJS.ProcessEnv): readonly Finding[] {
  return VARIABLES.filter((name) => (env[name] ?? "") !== "").map((name) => ({
    ...{ check: "environment", reach: "agent", where: name },
    what: "a plain command asks another place than the index, or less strictly",
    fix: `unset ${name}`,
  }));
}

/** A tool's settings files, and the one that a variable names. */
function filesOf(tool: Tool, env: NodeJS.ProcessEnv, variable: string): readonly string[] {
  const named = env[variable] ?? "";
  return [...settingsFiles(tool, { env }), ...(named === "" ? [] : [named])];
}

/** Which `countermark` a shell would start, and who else could put one there. */
function checkPath(path: string, program: string): readonly Finding[] {
  const found: Finding[] = [];
  let first: string | undefined;
  for (const folder of path.split(delimiter)) {
    const open = first === undefined ? openTo(folder) : undefined;
    if (open !== undefined) {
      const where = folder === "" ? "PATH" : folder;
      const what = `this folder of PATH ${open}, and a shell looks there before it finds countermark`;
      found.push({ check: "path-order", reach: "run", where, what, fix: "take it out of PATH, or put it last" });
    }
    first ??= executable(join(folder, "countermark"));
  }
  if (first === undefined || realpathSync(first) === realpathSync(program)) return found;
  return [
    ...found,
    {
      ...{ check: "path-order", reach: "run", where: first },
      what: `a shell starts this program as countermark, not the one that speaks now (${program})`,
      fix: "this is right if the one starts the other, as the wheel and uvx do; else remove it, or put the right one first in PATH",
    },
  ];
}

function openTo(folder: string): string | undefined {
  if (!isAbsolute(folder)) return "depends on where you are";
  const status = statSync(folder, { throwIfNoEntry: false });
  if (status === undefined || opennessOf(status)?.allWrite !== true) return undefined;
  return "can be written to by every user";
}

function executable(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile() ? path : undefined;
  } catch {
    return undefined;
  }
}

function checkProxies(env: NodeJS.ProcessEnv): readonly Finding[] {
  const choose = readProxies(env);
  return (["http", "https"] as const).flatMap((scheme): readonly Finding[] => {
    try {
      choose(scheme, { host: "index.example.org", port: 443 });
      return [];
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      const where = `${scheme.toUpperCase()}_PROXY`;
      return [{ check: "proxy", reach: "trust", where, what: error.message, fix: error.hint ?? "unset it" }];
    }
  });
}

/** Whoever can write to the trusted state, or replace its folder, decides what is trusted. */
export function checkState(folder: string): readonly Finding[] {
  const found: Finding[] = [];
  for (const place of [folder, join(folder, ".."), join(folder, "trust.sqlite"), join(folder, "countermark.toml")]) {
    const status = statSync(place, { throwIfNoEntry: false });
    const openness = status && opennessOf(status);
    if (openness === undefined) continue;
    const others = openness.othersWrite && !openness.sticky;
    const foreign = openness.owner === "other";
    if (!others && !foreign) continue;
    const what = `${foreign ? "another user owns it" : "other users may write to it"}, and so decide what you trust`;
    found.push({
      check: "state",
      reach: "trust",
      where: place,
      what,
      fix: foreign ? "take it back with chown" : `chmod go-w ${place}`,
    });
  }
  return found;
}
