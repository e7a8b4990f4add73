import { homedir } from "node:os";
import { join } from "node:path";
import { readPlainFile } from "../config/toml-file.ts";
import type { Finding } from "./finding.ts";

/** Options of pip's files that add a source, or take protection away. */
const LOOSENING = new Set(["index-url", "extra-index-url", "find-links", "trusted-host", "proxy", "no-index", "cert"]);

/** pip's files on all levels, in the order in which pip reads them: the machine's, the user's, the environment's. */
export function pipConfigFiles(env: NodeJS.ProcessEnv, home = homedir()): readonly string[] {
  if (process.platform === "win32") {
    const places = [env["ProgramData"], env["APPDATA"]].filter((place) => place !== undefined);
    return [
      ...places.map((place) => join(place, "pip", "pip.ini")),
      join(home, "pip", "pip.ini"),
      ...ofVenv(env, "pip.ini"),
    ];
  }
  const config = env["XDG_CONFIG_HOME"] ?? join(home, ".config");
  const machine = (env["XDG_CONFIG_DIRS"] ?? "/etc/xdg").split(":").map((folder) => join(folder, "pip", "pip.conf"));
  const mac = process.platform === "darwin" ? [join(home, "Library", "Application Support", "pip", "pip.conf")] : [];
  return [
    ...machine,
    "/etc/pip.conf",
    join(home, ".pip", "pip.conf"),
    ...mac,
    join(config, "pip", "pip.conf"),
    ...ofVenv(env, "pip.conf"),
  ];
}

function ofVenv(env: NodeJS.ProcessEnv, name: string): readonly string[] {
  const named = env["PIP_CONFIG_FILE"] ?? "";
  const venv = env["VIRTUAL_ENV"] ?? "";
  return [...(venv === "" ? [] : [join(venv, name)]), ...(named === "" ? [] : [named])];
}

/** What pip's files say that leads elsewhere. */
export function checkPipConfig(paths: readonly string[]): readonly Finding[] {
  return [...new Set(paths)].flatMap((path) => {
    const text = readPlainFile(path, { followLinks: true }) ?? "";
    const options = [...text.matchAll(/^\s*([a-z-]+)\s*[=:]\s*(\S.*)?$/gim)]
      .map(([, name = ""]) => name.toLowerCase())
      .filter((name) => LOOSENING.has(name));
    return options.length === 0 ? [] : [found(path, [...new Set(options)])];
  });
}

function found(where: string, options: readonly string[]): Finding {
  return {
    ...{ check: "pip-config", reach: "agent", where },
    what: `pip asks another place than the index, or less strictly: ${options.join(", ")}`,
    fix: `take these lines out, or set PIP_CONFIG_FILE=/dev/null as \`countermark agent\` prints it; \`countermark run\` does`,
  };
}
