import { asTable, isTable, type Table } from "../config/toml-file.ts";

/**
 * Variables that hatch would set for pip and uv in place of a run's: a proxy, what makes a tool ask none, or a place where
 * settings are looked for that may name one.
 */
const PROXY_VARIABLE =
  /^(?:(?:.+_)?(?:https?|all|no|pip)_proxy|request_method|home|xdg_config_(?:home|dirs)|(?:pip|uv)_config_file|uv_project|uv_working_dir(?:ectory)?|git_config.*)$/i;
/** Tables of hatch in which variables may stand: an environment's own, and those that replace or add to them. */
const VARIABLES = new Set(["env-vars", "set-env-vars"]);

/** The variables, as its settings spell them, by which hatch would lead past the gate. `hatch`: its own table. */
export function hatchProxies(hatch: Table): readonly string[] {
  return variablesIn(hatch.get("envs"))
    .filter(leadsPast)
    .map((name) => `hatch's ${name}`);
}

/** Whether a variable of this name, set by a tool's own settings, would lead pip, uv or git past the gate. */
export function leadsPast(name: string): boolean {
  return PROXY_VARIABLE.test(name);
}

/** Names of all variables that hatch's environments set, by their overrides (of a platform, of a matrix) too. */
export function variablesIn(value: unknown): readonly string[] {
  if (!isTable(value)) return [];
  return [...asTable(value)].flatMap(([key, inner]) => (VARIABLES.has(key) ? namesIn(inner) : variablesIn(inner)));
}

/** `{ NAME = VALUE }`; in overrides also `NAME=VALUE`, `{ key = NAME, … }`, or a list of these. */
function namesIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value.replace(/=.*/s, "").trim()];
  if (Array.isArray(value)) return value.flatMap(namesIn);
  if (!isTable(value)) return [];
  return [...asTable(value)].flatMap(([key, inner]) => (key === "key" ? namesIn(inner) : [key]));
}
