import { isNormalisedName } from "./names.ts";
import { SHARDED_ROLES, type ShardedRole } from "./sharding.ts";

/** The role in which the owners of a project say who may release. */
export function projectRole(project: string): string {
  return `p.${project}`;
}

/** The role in which the releasers of a project list its files. */
export function releaseRole(project: string): string {
  return `r.${project}`;
}

/** The role that lists the files of the sealed projects of a shard. */
export function sealedFilesRole(shard: string): string {
  return `s.${shard}`;
}

/** What a role is, told from its name alone. Prefixes keep a project called `root` or `42` apart from everything else. */
export type RoleName =
  | { readonly kind: "targets" }
  | { readonly kind: "sharded"; readonly role: ShardedRole }
  | { readonly kind: "shard"; readonly role: ShardedRole; readonly shard: string }
  | { readonly kind: "sealed-files"; readonly shard: string }
  | { readonly kind: "project"; readonly project: string }
  | { readonly kind: "release"; readonly project: string };

const SHARD = /^[0-9a-f]{1,4}$/;

/** Reads a role's name; `undefined` when no role of the layout is called so. */
export function parseRoleName(name: string): RoleName | undefined {
  if (name === "targets") return { kind: "targets" };
  const dot = name.indexOf(".");
  const head = dot < 0 ? name : name.slice(0, dot);
  const tail = name.slice(dot + 1);
  const sharded = SHARDED_ROLES.find((role) => role === head);
  if (sharded !== undefined) {
    if (dot < 0) return { kind: "sharded", role: sharded };
    return SHARD.test(tail) ? { kind: "shard", role: sharded, shard: tail } : undefined;
  }
  if (dot < 0) return undefined;
  if (head === "s") return SHARD.test(tail) ? { kind: "sealed-files", shard: tail } : undefined;
  if (!isNormalisedName(tail)) return undefined;
  if (head === "p") return { kind: "project", project: tail };
  return head === "r" ? { kind: "release", project: tail } : undefined;
}

/** Whether a role is signed by people of a project, and so listed in snapshot without a hash. */
export function isDeveloperRole(name: string): boolean {
  return name.startsWith("p.") || name.startsWith("r.");
}
