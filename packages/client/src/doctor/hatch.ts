import type { Table } from "../config/toml-file.ts";
import { subtable } from "../lock/lock-table.ts";
import { leadsPast, variablesIn } from "../run/hatch-proxy.ts";
import type { Finding } from "./finding.ts";

/** Variables with which a tool's environment could be led elsewhere, wherever a project sets them for its tools. */
const LEADING = /^(?:(?:PIP|UV|PDM|POETRY)_.*|SSL_CERT_(?:FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|GIT_.*)$/i;
const PAST_THE_GATE = /SSL_|CA_BUNDLE|CERT|GIT_/i;

/** What hatch sets for its environments: pip and uv in them see it in place of what a run says. */
export function checkHatch(where: string, hatch: Table | undefined): readonly Finding[] {
  const envs = subtable(hatch ?? new Map(), "envs");
  return [...(envs ?? [])].flatMap(([name, env]) =>
    checkVariables(where, `its environment ${JSON.stringify(name)}`, env),
  );
}

function checkVariables(where: string, whose: string, env: unknown): readonly Finding[] {
  const names = [...new Set(variablesIn(env))].filter((name) => leadsPast(name) || LEADING.test(name));
  if (names.length === 0) return [];
  const past = names.some((name) => leadsPast(name) || PAST_THE_GATE.test(name));
  return [
    {
      ...{ check: "hatch-variables", reach: past ? "run" : "agent", where },
      what: `hatch sets these for ${whose}, in place of what a run says: ${names.join(", ")}`,
      fix: "take them out: what installs there is led from outside",
    },
  ];
}
