import type { Table } from "../config/toml-file.ts";
import { subtable } from "../lock/lock-table.ts";
import type { Finding } from "./finding.ts";

/** Variables with which a tool's environment could be led past the gate, wherever a project sets them for its tools. */
const LEADING =
  /^(?:(?:HTTPS?|ALL|NO)_PROXY|(?:PIP|UV|PDM|POETRY)_.*|SSL_CERT_(?:FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|GIT_.*)$/i;
const PAST_THE_GATE = /PROXY|SSL_|CA_BUNDLE|CERT|GIT_/i;

/** What hatch sets for its environments: pip and uv in them see it in place of what a run says. */
export function checkHatch(where: string, hatch: Table | undefined): readonly Finding[] {
  return [...(subtable(hatch ?? new Map(), "envs") ?? [])].flatMap(([name]) => {
    const env = subtable(subtable(hatch ?? new Map(), "envs") ?? new Map(), name);
    const names = [...(subtable(env ?? new Map(), "env-vars") ?? [])]
      .map(([key]) => key)
      .filter((key) => LEADING.test(key));
    if (names.length === 0) return [];
    const past = names.some((key) => PAST_THE_GATE.test(key));
    const finding: Finding = {
      ...{ check: "hatch-variables", reach: past ? "run" : "agent", where },
      what: `hatch sets these for its environment ${JSON.stringify(name)}, in place of what a run says: ${names.join(", ")}`,
      fix: "take them out: what installs there is led from outside",
    };
    return [finding];
  });
}
