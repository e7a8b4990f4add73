import { jsonObject, type JsonObject, type JsonValue, type Targets } from "@countermark/tuf";
import { isVersion, normaliseVersion } from "@countermark/packaging/naming";
import { RepositoryError } from "../errors.ts";
import { projectHash } from "../layout/paths.ts";
import { NOTHING, type RoleContent } from "../publisher/role-file.ts";
import { isNormalisedName } from "../layout/names.ts";

/** PEP 792's states of a project. */
export type ProjectStatus = "active" | "archived" | "deprecated" | "quarantined";

/** What the operator says of the projects of one shard. It can only take away (docs/spec/status.md). */
export interface StatusShard {
  /** Projects that must not be installed at all, by name; the reason may be empty. */
  readonly projects: ReadonlyMap<string, string>;
  /** Releases that must not be installed: project, then normalised version, then reason. */
  readonly releases: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Files that must not be installed: SHA-256, then reason. */
  readonly files: ReadonlyMap<string, string>;
  /** Public keys that count for nothing: identity (SHA-256 of the decoded key), then reason. */
  readonly keys: ReadonlyMap<string, string>;
  /** Public keys that count for nothing in one project: project, then identity, then reason. */
  readonly projectKeys: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** States other than `active`, by project. */
  readonly states: ReadonlyMap<string, { readonly status: ProjectStatus; readonly reason: string }>;
}

/** A shard that takes nothing away. */
export const NO_WITHDRAWALS: StatusShard = {
  projects: new Map(),
  releases: new Map(),
  files: new Map(),
  keys: new Map(),
  projectKeys: new Map(),
  states: new Map(),
};

const WITHDRAWN = "x-countermark-withdrawn";
const STATES = "x-countermark-project-status";
const SHA256 = /^[0-9a-f]{64}$/;
/** Longest reason, in characters. */
const MAX_REASON = 1000;
const STATUSES: ReadonlySet<string> = new Set<ProjectStatus>(["archived", "deprecated", "quarantined"]);
const KINDS = ["projects", "releases", "files", "keys", "project-keys"];

/** The content of `status.<hex>`. Empty kinds are left out. */
export function statusContent(shard: StatusShard): RoleContent {
  const nested = (kind: ReadonlyMap<string, ReadonlyMap<string, string>>): [string, JsonValue][] =>
    [...kind].map(([project, entries]): [string, JsonValue] => [project, sorted(entries)]).sort(byName);
  const [releases, projectKeys] = [nested(shard.releases), nested(shard.projectKeys)];
  const states = [...shard.states].map(([project, { status, reason }]): [string, JsonValue] => [
    project,
    jsonObject({ status, reason }),
  ]);
  const withdrawn = new Map<string, JsonValue>();
  if (shard.files.size > 0) withdrawn.set("files", sorted(shard.files));
  if (shard.keys.size > 0) withdrawn.set("keys", sorted(shard.keys));
  if (projectKeys.length > 0) withdrawn.set("project-keys", new Map(projectKeys));
  if (shard.projects.size > 0) withdrawn.set("projects", sorted(shard.projects));
  if (releases.length > 0) withdrawn.set("releases", new Map(releases));
  const unknown = new Map<string, JsonValue>();
  if (states.length > 0) unknown.set(STATES, new Map(states.sort(byName)));
  unknown.set(WITHDRAWN, withdrawn);
  return { ...NOTHING, unknown };
}

/**
 * Reads a verified status shard. Strict: what cannot be understood might be a withdrawal, so it refuses the role.
 * @throws RepositoryError `STATUS`
 */
export function decodeStatus(role: Pick<Targets, "unknown">, name: string): StatusShard {
  const fail = (what: string): RepositoryError => new RepositoryError("STATUS", `role ${name} has ${what}`, name);
  const withdrawn = role.unknown.get(WITHDRAWN);
  if (!isObject(withdrawn)) throw fail(`no ${WITHDRAWN}`);
  for (const kind of withdrawn.keys())
    if (!KINDS.includes(kind)) throw fail(`an unknown withdrawal ${JSON.stringify(kind)}`);
  const members = (kind: string): JsonObject => {
    const value = withdrawn.get(kind) ?? new Map<string, JsonValue>();
    if (!isObject(value)) throw fail(`invalid ${kind}`);
    return value;
  };
  const reasons = (kind: string, from: JsonObject, valid: (key: string) => boolean): Map<string, string> => {
    for (const [key, reason] of from) if (!valid(key) || !isReason(reason)) throw fail(`invalid ${kind}`);
    return new Map(from as ReadonlyMap<string, string>);
  };
  const shard = name.slice(name.indexOf(".") + 1);
  const isMember = (project: string): boolean => isNormalisedName(project) && projectHash(project).startsWith(shard);
  const ofProjects = (
    kind: string,
    valid: (key: string) => boolean,
  ): ReadonlyMap<string, ReadonlyMap<string, string>> => {
    const read = [...members(kind)].map(([project, entries]) => {
      if (!isMember(project) || !isObject(entries)) throw fail(`invalid ${kind}`);
      return [project, reasons(kind, entries, valid)] as const;
    });
    return new Map(read);
  };
  return {
    projects: reasons("projects", members("projects"), isMember),
    releases: ofProjects("releases", isNormalisedVersion),
    projectKeys: ofProjects("project-keys", (digest) => SHA256.test(digest)),
    files: reasons("files", members("files"), (digest) => SHA256.test(digest)),
    keys: reasons("keys", members("keys"), (digest) => SHA256.test(digest)),
    states: decodeStates(role.unknown.get(STATES) ?? new Map<string, JsonValue>(), isMember, fail),
  };
}

/** A version in another spelling than its normalised one would look like a withdrawal and withdraw nothing. */
function isNormalisedVersion(text: string): boolean {
  return isVersion(text) && normaliseVersion(text) === text;
}

function decodeStates(
  value: JsonValue,
  isMember: (project: string) => boolean,
  fail: (what: string) => RepositoryError,
): StatusShard["states"] {
  if (!isObject(value)) throw fail(`an invalid ${STATES}`);
  const states = new Map<string, { status: ProjectStatus; reason: string }>();
  for (const [project, entry] of value) {
    const status = isObject(entry) ? entry.get("status") : undefined;
    const reason = isObject(entry) ? entry.get("reason") : undefined;
    if (!isMember(project) || typeof status !== "string" || !STATUSES.has(status) || !isReason(reason)) {
      throw fail(`an invalid ${STATES}`);
    }
    states.set(project, { status: status as ProjectStatus, reason });
  }
  return states;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return value instanceof Map;
}

function isReason(value: JsonValue | undefined): value is string {
  return typeof value === "string" && value.length <= MAX_REASON;
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

function sorted(map: ReadonlyMap<string, string>): JsonObject {
  return new Map([...map].sort(byName));
}
