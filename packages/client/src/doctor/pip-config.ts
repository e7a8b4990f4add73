import { readPlainFile } from "../config/toml-file.ts";
import { nullDevice, pipFileOf, settingsFiles } from "../platform.ts";
import type { Finding } from "./finding.ts";

/** Options of pip's files that add a source, or take protection away. */
const LOOSENING = new Set(["index-url", "extra-index-url", "find-links", "trusted-host", "proxy", "no-index", "cert"]);

/** pip's files on all levels, in the order in which pip reads them: the machine's, the user's, the environment's. */
export function pipConfigFiles(env: NodeJS.ProcessEnv): readonly string[] {
  const [venv, named] = ["VIRTUAL_ENV", "PIP_CONFIG_FILE"].map((name) => env[name] ?? "");
  return [...settingsFiles("pip", { env }), ...(venv ? [pipFileOf(venv)] : []), ...(named ? [named] : [])];
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
    fix: `take these lines out, or set PIP_CONFIG_FILE=${nullDevice()} as \`countermark agent\` prints it; \`countermark run\` does`,
  };
}
