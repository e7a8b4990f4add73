import { readPlainFile } from "../config/toml-file.ts";
import type { Finding } from "./finding.ts";

/** Settings of conda that outweigh the environment, or switch a check off. One a line, as YAML has them. */
const SETTINGS = /^\s*(proxy_servers|ssl_verify|channels|channel_alias|default_channels)\s*:/gm;
const PAST_THE_GATE = new Set(["proxy_servers", "ssl_verify"]);

/** What conda's settings say that leads elsewhere. */
export function checkCondaSettings(paths: readonly string[]): readonly Finding[] {
  return paths.flatMap((where) => {
    const text = readPlainFile(where, { followLinks: true }) ?? "";
    const names = [...new Set([...text.matchAll(SETTINGS)].map(([, name = ""]) => name))];
    if (names.length === 0) return [];
    const past = names.some((name) => PAST_THE_GATE.has(name));
    return [
      {
        ...({ check: "conda", reach: past ? "run" : "agent", where } as const),
        what: `conda and mamba follow these, and no index vouches for what channels hold: ${names.join(", ")}`,
        fix: past
          ? "take proxy_servers and ssl_verify out, and name the proxy in HTTPS_PROXY; install Python packages with pip or uv"
          : "install Python packages with pip or uv, through `countermark run`",
      },
    ];
  });
}

/** A project's environment file: what its channels hold is signed by nobody here, what stands below `pip:` is pip's. */
export function checkCondaFile(path: string): Promise<readonly Finding[]> {
  const text = readPlainFile(path, { followLinks: false });
  if (text === undefined || !/^\s*dependencies\s*:/m.test(text)) return Promise.resolve([]);
  const what =
    "conda and mamba take these from channels, for which no index vouches; only what stands below pip: is pip's";
  const fix =
    "list what can come from the index below pip:, and create the environment through `countermark run --allow HOST`";
  return Promise.resolve([{ check: "conda", reach: "agent", where: path, what, fix }]);
}
