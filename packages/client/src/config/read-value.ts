import { NameRules } from "../policy/name-rules.ts";
import { POLICIES, type Policy } from "../policy/policy.ts";
import { asTable, type Table } from "./toml-file.ts";

/**
 * Refuses a table that says more than it may: a setting that is not known might be one that was meant to protect.
 * @throws TypeError
 */
export function requireKnown(table: Table, known: readonly string[], where = ""): void {
  for (const key of table.keys()) {
    if (!known.includes(key)) throw new TypeError(`there is no setting ${JSON.stringify(where + key.slice(0, 100))}`);
  }
}

/** A text of a table, if it is there. @throws TypeError */
export function readText(table: Table, key: string): string | undefined {
  const value = table.get(key);
  if (value === undefined || typeof value === "string") return value;
  throw new TypeError(`${key} is not a text`);
}

/** A list of texts of a table; empty if it is not there. @throws TypeError */
export function readTexts(table: Table, key: string): readonly string[] {
  const value = table.get(key) ?? [];
  if (Array.isArray(value) && value.every((entry) => typeof entry === "string")) return value;
  throw new TypeError(`${key} is not a list of texts`);
}

/** A policy of a table, if it is there. @throws TypeError */
export function readPolicy(table: Table, key: string): Policy | undefined {
  const text = readText(table, key);
  if (text === undefined) return undefined;
  const policy = POLICIES.find((name) => name === text);
  if (policy === undefined) throw new TypeError(`${key} is none of ${POLICIES.map((name) => `"${name}"`).join(", ")}`);
  return policy;
}

/** The table `[policies]`: project names or prefixes, each with its policy. @throws TypeError */
export function readPolicies(table: Table): NameRules<Policy> {
  const rules = new NameRules<Policy>();
  const policies = asTable(table.get("policies") ?? {});
  for (const pattern of policies.keys()) rules.add(pattern, readPolicy(policies, pattern) ?? "any");
  return rules;
}
