import { readPlainFile } from "../config/toml-file.ts";
import type { Finding } from "./finding.ts";

/** Options of curl's files that it obeys before the environment: where it goes, and whom it believes. */
const OPTION = /^[ \t]*(?:--?)?(proxy|noproxy|preproxy|socks[45]\w*|insecure|cacert|capath|x|k)(?=[ \t=:"]|$)/gim;

/** What curl's own settings say that goes past the gate, where a build or a script fetches something with it. */
export function checkCurlConfig(paths: readonly string[]): readonly Finding[] {
  return paths.flatMap((where) => {
    const text = readPlainFile(where, { followLinks: true }) ?? "";
    const names = [...new Set([...text.matchAll(OPTION)].map(([, name = ""]) => name))];
    if (names.length === 0) return [];
    return [
      {
        ...({ check: "curl-config", reach: "run", where } as const),
        what: `curl obeys these before the environment: ${names.join(", ")}`,
        fix: "take them out, or run nothing that fetches with curl; installers do not",
      },
    ];
  });
}
