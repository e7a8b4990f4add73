import { readPlainFile } from "../config/toml-file.ts";
import type { Finding } from "./finding.ts";

/** A proxy for one address outweighs the one that a run sets for all; and whether a server is verified, only git's files say. */
const OPTIONS = /^(?:http\..+\.proxy|http(?:\..+)?\.sslverify)$/;
/** Rewrites of addresses, to a protocol or a host that nobody wrote down. */
const REWRITE = /^url\..*\.(?:insteadof|pushinsteadof)$/;

/** What git's own settings say that goes past the gate, where an installer fetches a source by git. */
export function checkGitConfig(paths: readonly string[]): readonly Finding[] {
  return paths.flatMap((where) => {
    const names = [...optionsOf(readPlainFile(where, { followLinks: true }) ?? "")];
    const past = names.filter((name) => OPTIONS.test(name));
    const rewrites = names.filter((name) => REWRITE.test(name));
    return [
      ...(past.length === 0 ? [] : [found("run", where, `git obeys these before the environment: ${past.join(", ")}`)]),
      ...(rewrites.length === 0
        ? []
        : [found("agent", where, `git asks other addresses than those that are written down: ${rewrites.join(", ")}`)]),
    ];
  });
}

function found(reach: Finding["reach"], where: string, what: string): Finding {
  const fix =
    "take them out, or install nothing from git: pip, uv, poetry and pdm use it for dependencies at git+https";
  return { check: "git-config", reach, where, what, fix };
}

/** The full names of all options, lower-case but for what stands in quotes (git-config, "Syntax"). */
function* optionsOf(content: string): Generator<string> {
  let section = "";
  for (const line of content.split(/\r?\n/)) {
    const head = /^\s*\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]\s*(.*)$/.exec(line);
    if (head !== null) {
      const [, name = "", inner] = head;
      section = name.toLowerCase() + (inner === undefined ? "" : `.${inner}`);
    }
    const option = /^\s*([a-z][\w-]*)\s*(?:=|$)/i.exec(head?.[3] ?? line)?.[1];
    if (option !== undefined) yield `${section}.${option.toLowerCase()}`;
  }
}
