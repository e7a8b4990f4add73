import { createHash } from "node:crypto";
import { Members, type Node } from "./json.ts";
import type { PoolKey } from "./key-pool.ts";
import { copyOf, roleKeysObject, TARGET_PATHS, type Repository, type RoleKeys } from "./repository.ts";

const ROLE_NAMES = ["unclaimed", "unclaimed.3f", "p.requests", "r.requests", "claimed", "role-a", "b", "CON", "x.json"];
const PATTERNS = [
  "3f2a/requests/*",
  "3f2a/*/*",
  "3f??/*/*",
  "????/*/*",
  "*/*/*",
  "*",
  "file.txt",
  "file.*",
  "*.txt",
  "f*e.t?t",
  "countermark/*",
  "a/*/c/?",
  "a/b/c/*d*",
];
const SUCCINCT_BITS = [1, 2, 3, 4, 5, 8, 10, 16, 32];
/** A delegated role may delegate again, but no deeper than this. */
const MAX_DEPTH = 2;

/** Lets a role delegate to others, in one of the forms of TUF 4.5 and TAP 15, and adds those roles. */
export function addDelegations(repository: Repository, delegator: string, depth = 0): void {
  const { random } = repository;
  if (random.chance(0.2)) addSuccinct(repository, delegator);
  else addListed(repository, delegator, depth);
}

function addListed(repository: Repository, delegator: string, depth: number): void {
  const { random } = repository;
  const keys = new Members();
  const roles: Node[] = [];
  for (const name of random.sample(ROLE_NAMES, random.between(1, 3))) {
    // A role that is there already is reached a second time: a diamond or a cycle.
    const present = repository.keysOf.get(name);
    const roleKeys = present ?? repository.roleKeys();
    roles.push(delegatedRole(repository, name, roleKeys));
    addKeys(keys, roleKeys.keys);
    repository.edges.push({ name, delegator });
    if (present !== undefined) continue;
    repository.addRole(name, roleKeys);
    if (depth < MAX_DEPTH && random.chance(0.3)) addDelegations(repository, name, depth + 1);
  }
  repository.roles.get(delegator)?.signed.set("delegations", Members.of({ keys, roles }));
}

function delegatedRole(repository: Repository, name: string, roleKeys: RoleKeys): Members {
  const { random } = repository;
  const role = roleKeysObject(roleKeys);
  role.set("name", name);
  role.set("terminating", random.chance(0.5));
  if (random.chance(0.15)) {
    repository.note("delegation by hash prefixes");
    const path = random.pick(TARGET_PATHS);
    repository.patterns.push(path);
    role.set("path_hash_prefixes", [hashOf(path).slice(0, random.between(1, 8)), "0", "ff"]);
    return role;
  }
  const patterns = random.sample(PATTERNS, random.between(1, 3));
  repository.patterns.push(...patterns);
  role.set("paths", patterns);
  return role;
}

function addSuccinct(repository: Repository, delegator: string): void {
  const { random } = repository;
  repository.note("succinct roles");
  const roleKeys = repository.roleKeys();
  const bits = random.pick(SUCCINCT_BITS);
  const prefix = `bin-${delegator}`;
  const keys = new Members();
  addKeys(keys, roleKeys.keys);
  const succinct = roleKeysObject(roleKeys);
  succinct.set("bit_length", bits);
  succinct.set("name_prefix", prefix);
  const path = random.pick(TARGET_PATHS);
  repository.patterns.push(path);
  const number = Math.floor(Number.parseInt(hashOf(path).slice(0, 8), 16) / 2 ** (32 - bits));
  const name = `${prefix}-${number.toString(16).padStart(Math.ceil(bits / 4), "0")}`;
  repository.addRole(name, roleKeys);
  repository.edges.push({ name, delegator });
  repository.roles.get(delegator)?.signed.set("delegations", Members.of({ keys, succinct_roles: succinct }));
}

function addKeys(keys: Members, added: readonly PoolKey[]): void {
  for (const { keyId, json } of added) keys.set(keyId, copyOf(json));
}

function hashOf(path: string): string {
  return createHash("sha256").update(path).digest("hex");
}
