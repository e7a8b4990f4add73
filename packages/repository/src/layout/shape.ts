import { computeKeyId, type DelegatedRole, type Delegations, type Targets } from "@countermark/tuf";
import { RepositoryError } from "../errors.ts";
import { readWish } from "../claimed/wish.ts";
import { decodeReleaseFile } from "../wire/release-file.ts";
import { projectHash, projectPattern, splitTargetPath } from "./paths.ts";
import { parseRoleName, projectRole, releaseRole, sealedFilesRole } from "./role-names.ts";
import { SHARDED_ROLES, shardPattern, shardRole, type ShardedRole, type Sharding } from "./sharding.ts";

/** The one pattern by which `targets` delegates to the four roles of files. */
export const ALL_FILES_PATTERN = "*/*/*";
/** The pattern of `status` and its shards: no file ever lies there, so no TUF client finds anything through them. */
export const STATUS_PATTERN = "countermark-status/*";
/** Targets of the repository itself, which `targets` may list, lie below this folder. */
const OWN_TARGETS = /^countermark\/[a-z0-9][a-z0-9.-]*$/;
const HEX_SHA256 = /^[0-9a-f]{64}$/;

/** One delegation as the layout demands it. */
interface Expected {
  readonly name: string;
  readonly pattern: string;
  readonly terminating: boolean;
}

/**
 * Checks that a verified role does one thing, in exactly the shape of docs/spec/roles.md: no targets where it lists
 * nothing, no delegations where it lists files, no pattern, name, order or terminating flag but the table's. Otherwise
 * one owner could list a file in `p.` itself and undo every threshold. Call it before the role is used or remembered.
 * @throws RepositoryError `ROLE_SHAPE`, `FILE_ENTRY`, `TARGET_PATH`
 */
export function checkShape(name: string, role: Targets, sharding: Sharding): void {
  const parsed = parseRoleName(name);
  if (parsed === undefined) throw refuse(name, "is not a role of this layout");
  if (role.delegations !== undefined) checkKeys(name, role.delegations);
  switch (parsed.kind) {
    case "targets":
      for (const path of role.targets.keys()) {
        if (!OWN_TARGETS.test(path)) throw refuse(name, `lists ${JSON.stringify(path)}`);
      }
      return checkDelegations(name, role, SHARDED_ROLES.map(topDelegation));
    case "sharded":
      checkListsNothing(name, role);
      return checkDelegations(
        name,
        role,
        sharding.shards.map((shard) => shardDelegation(parsed.role, shard)),
      );
    case "shard":
      checkShard(name, parsed.shard, sharding);
      if (parsed.role === "unclaimed") return checkFiles(name, role, inShard(parsed.shard));
      checkListsNothing(name, role);
      if (parsed.role === "status") return checkDelegations(name, role, []);
      if (parsed.role === "sealed") return checkSealedShard(name, role, parsed.shard);
      return checkClaims(name, role, parsed.shard);
    case "sealed-files":
      checkShard(name, parsed.shard, sharding);
      return checkFiles(name, role, inShard(parsed.shard));
    case "project":
      checkListsNothing(name, role);
      if (delegated(role).length === 0) return;
      return checkDelegations(name, role, [developerDelegation(releaseRole(parsed.project), parsed.project)]);
    case "release":
      readWish(role, name);
      return checkFiles(name, role, (project) => project === parsed.project);
  }
}

/** How `targets` delegates to a sharded role. */
export function topDelegation(role: ShardedRole): Expected {
  return { name: role, pattern: role === "status" ? STATUS_PATTERN : ALL_FILES_PATTERN, terminating: false };
}

/** How a sharded role delegates to one of its shards. */
export function shardDelegation(role: ShardedRole, shard: string): Expected {
  const pattern = role === "status" ? STATUS_PATTERN : shardPattern(shard);
  return { name: shardRole(role, shard), pattern, terminating: false };
}

/** How a project's `p.` is delegated to from its shard, and its `r.` from its `p.`. */
export function developerDelegation(name: string, project: string): Expected {
  return { name, pattern: projectPattern(project), terminating: true };
}

function refuse(name: string, what: string): RepositoryError {
  return new RepositoryError("ROLE_SHAPE", `role ${name} ${what}`, name);
}

function delegated(role: Targets): readonly DelegatedRole[] {
  return [...(role.delegations?.roles.values() ?? [])];
}

function inShard(shard: string): (project: string, hash: string) => boolean {
  return (_project, hash) => hash.startsWith(shard);
}

function checkShard(name: string, shard: string, sharding: Sharding): void {
  if (shard.length !== sharding.digits) throw refuse(name, `is not one of the ${sharding.count} shards`);
}

function checkListsNothing(name: string, role: Targets): void {
  if (role.targets.size > 0) throw refuse(name, "lists files, which it must not");
}

/** In our own repository a key has one id: the one TUF computes. Two ids for one key would only hide something. */
function checkKeys(name: string, delegations: Delegations): void {
  if (delegations.succinct !== undefined) throw refuse(name, "delegates by succinct roles");
  for (const [id, key] of delegations.keys) {
    if (computeKeyId(key.json) !== id) throw refuse(name, `names a key by ${JSON.stringify(id)}, which is not its id`);
  }
}

function checkDelegations(name: string, role: Targets, expected: readonly Expected[]): void {
  const found = delegated(role);
  if (found.length !== expected.length) {
    throw refuse(name, `delegates to ${found.length} roles where there must be ${expected.length}`);
  }
  expected.forEach((each, index) => {
    const one = found[index];
    if (one?.name !== each.name) throw refuse(name, `delegates to ${String(one?.name)} where ${each.name} must stand`);
    checkDelegation(name, one, each.terminating, [each.pattern]);
  });
}

function checkDelegation(name: string, found: DelegatedRole, terminating: boolean, patterns: readonly string[]): void {
  const paths = found.paths ?? [];
  const same = paths.length === patterns.length && paths.every((path, index) => path === patterns[index]);
  if (!same) throw refuse(name, `delegates to ${found.name} for other paths than it must`);
  if (found.terminating !== terminating) throw refuse(name, `delegates to ${found.name} with a wrong terminating flag`);
}

/** `claimed.<hex>` and `recently-claimed.<hex>`: one terminating `p.<project>` for each claim of the shard. */
function checkClaims(name: string, role: Targets, shard: string): void {
  for (const found of delegated(role)) {
    const parsed = parseRoleName(found.name);
    if (parsed?.kind !== "project") throw refuse(name, `delegates to ${found.name}`);
    checkMember(name, parsed.project, shard);
    checkDelegation(name, found, true, [projectPattern(parsed.project)]);
  }
}

/** `sealed.<hex>`: nothing, or one terminating `s.<hex>` with a literal pattern for each sealed project. */
function checkSealedShard(name: string, role: Targets, shard: string): void {
  const found = delegated(role);
  if (found.length === 0) return;
  const [only] = found;
  if (found.length !== 1 || only?.name !== sealedFilesRole(shard)) throw refuse(name, "delegates to other roles");
  const patterns = only.paths ?? [];
  if (patterns.length === 0 || new Set(patterns).size !== patterns.length || !only.terminating) {
    throw refuse(name, `delegates to ${only.name} in another form than it must`);
  }
  for (const pattern of patterns) {
    const project = pattern.split("/")[1] ?? "";
    if (parseRoleName(projectRole(project)) === undefined || projectPattern(project) !== pattern) {
      throw refuse(name, `seals ${JSON.stringify(pattern)}, which is not the pattern of a project`);
    }
    checkMember(name, project, shard);
  }
}

function checkMember(name: string, project: string, shard: string): void {
  if (!projectHash(project).startsWith(shard)) throw refuse(name, `speaks of ${project}, which is of another shard`);
}

/** A role that lists files: no delegations, every path and entry well-formed, every project one that it may list. */
function checkFiles(name: string, role: Targets, mayList: (project: string, hash: string) => boolean): void {
  if (role.delegations !== undefined && delegated(role).length > 0) throw refuse(name, "lists files and delegates");
  let previous = "";
  const folded = new Set<string>();
  for (const [path, file] of role.targets) {
    const { hash, project } = splitTargetPath(path);
    if (project !== previous && projectHash(project) !== hash) throw refuse(name, `lists ${path} under a wrong hash`);
    if (!mayList(project, hash)) throw refuse(name, `lists ${path}, which it may not`);
    if (!HEX_SHA256.test(file.hashes.get("sha256") ?? "")) throw refuse(name, `lists ${path} without a SHA-256`);
    decodeReleaseFile(path, file);
    const twin = path.toLowerCase();
    if (folded.has(twin)) throw refuse(name, `lists ${path} twice under different case`);
    folded.add(twin);
    previous = project;
  }
}
