import { join } from "node:path";
import { baseUrl } from "@countermark/repository/verifying";
import { NameRules } from "../policy/name-rules.ts";
import type { Policy, PolicyRules } from "../policy/policy.ts";
import { readPolicies, readPolicy, readText, readTexts, requireKnown } from "./read-value.ts";
import { asTable, readTomlFile, sayingWhere, type Table } from "./toml-file.ts";

/** The name of a settings file: the user's own in the config folder, a project's in its repository. */
export const SETTINGS_FILE = "countermark.toml";
/** Most indexes beside the first. */
const MAX_INDEXES = 100;
/** A host as a URL writes it, perhaps with a port; no star: each host that is let through is one that somebody meant. */
const HOST = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?::[1-9][0-9]{0,4})?$/;

/** What a user may set for all runs. */
export interface UserSettings {
  /** Where they stand. */
  readonly path: string;
  /** Base URL of the index for names that belong to no other. */
  readonly index?: string;
  /** Base URL of the one index that a project belongs to (TAP 4: terminating), where that is not the first. */
  readonly owners: NameRules<string>;
  /** Policies of indexes, by base URL. */
  readonly indexPolicies: ReadonlyMap<string, Policy>;
  readonly policies: PolicyRules;
  /** Hosts beside the indexes' that a guarded command may reach, as `host` or `host:port`, lower-case. */
  readonly allowedHosts: readonly string[];
  /** A PEM file with further authorities for the indexes' and proxies' servers, such as a company's own. */
  readonly ca?: string;
  /** Until when refusals of foreign hosts and of policies are told only, in milliseconds since the epoch. */
  readonly observeUntil?: number;
}

/**
 * Reads the user's settings; the defaults where there is no file.
 * @throws ClientError `CONFIG_INVALID`
 */
export async function readUserSettings(folder: string): Promise<UserSettings> {
  const path = join(folder, SETTINGS_FILE);
  const table = (await readTomlFile(path, { followLinks: true })) ?? new Map<string, unknown>();
  return sayingWhere(path, () => check(path, table));
}

function check(path: string, table: Table): UserSettings {
  requireKnown(table, ["index", "allow-hosts", "ca", "policy", "policies", "indexes", "observe-until"]);
  const index = readText(table, "index");
  const ca = readText(table, "ca");
  const observeUntil = readTime(table, "observe-until");
  const policies = { origin: path, general: readPolicy(table, "policy") ?? "any", rules: readPolicies(table) } as const;
  return {
    path,
    ...(index !== undefined && { index: baseUrl(index) }),
    ...readIndexes(table),
    policies,
    allowedHosts: readTexts(table, "allow-hosts").map(readHost),
    ...(ca !== undefined && { ca }),
    ...(observeUntil !== undefined && { observeUntil }),
  };
}

function readIndexes(table: Table): Pick<UserSettings, "owners" | "indexPolicies"> {
  const owners = new NameRules<string>();
  const indexPolicies = new Map<string, Policy>();
  const seen = new Set<string>();
  const indexes = table.get("indexes") ?? [];
  if (!Array.isArray(indexes)) throw new TypeError("indexes is not a list of tables: write each as [[indexes]]");
  if (indexes.length > MAX_INDEXES) throw new TypeError(`there are more than ${MAX_INDEXES} indexes`);
  for (const entry of indexes.map(asTable)) {
    requireKnown(entry, ["url", "projects", "policy"], "indexes.");
    const text = readText(entry, "url");
    if (text === undefined) throw new TypeError("an index has no url");
    const url = baseUrl(text);
    for (const pattern of readTexts(entry, "projects")) owners.add(pattern, url);
    const policy = readPolicy(entry, "policy");
    if (seen.has(url)) throw new TypeError(`${url} is there twice`);
    seen.add(url);
    if (policy !== undefined) indexPolicies.set(url, policy);
  }
  return { owners, indexPolicies };
}

function readHost(text: string): string {
  const host = text.toLowerCase();
  if (HOST.test(host)) return host;
  throw new TypeError(`${JSON.stringify(text.slice(0, 100))} is not a host, such as github.com or localhost:8080`);
}

function readTime(table: Table, key: string): number | undefined {
  const value = table.get(key);
  if (value === undefined) return undefined;
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.getTime();
  throw new TypeError(`${key} is not a date, such as 2030-05-17`);
}
