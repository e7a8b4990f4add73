import { RepositoryError } from "../errors.ts";
import { HASH_DIGITS, projectHash } from "./paths.ts";

/** The roles that are cut into shards, in the order in which `targets` delegates to them. */
export const SHARDED_ROLES = ["status", "claimed", "sealed", "recently-claimed", "unclaimed"] as const;

/** A role that delegates to shards of itself: `claimed` to `claimed.00`, `claimed.01`, … */
export type ShardedRole = (typeof SHARDED_ROLES)[number];

/** How projects spread over shards. Fixed when a repository is made. */
export interface Sharding {
  /** Hex digits of a shard's name: 1 to 4. */
  readonly digits: number;
  /** Number of shards: 16 to the power of `digits`. */
  readonly count: number;
  /** Names of all shards in order: `00` … `ff`. */
  readonly shards: readonly string[];
}

/** Those that were asked for: there are four at most, and each lists up to 65,536 names. */
const MADE = new Map<number, Sharding>();

/**
 * The sharding with `count` shards: 16, 256, 4,096 or 65,536. Made once.
 * @throws RepositoryError `SHARDING`
 */
export function makeSharding(count: number): Sharding {
  const made = MADE.get(count) ?? newSharding(count);
  MADE.set(count, made);
  return made;
}

function newSharding(count: number): Sharding {
  const digits = Math.round(Math.log2(count) / 4);
  if (!(digits >= 1 && digits <= HASH_DIGITS) || 16 ** digits !== count) {
    throw new RepositoryError("SHARDING", `${String(count)} is not a number of shards: 16, 256, 4096 or 65536`);
  }
  const shards = Array.from({ length: count }, (_, index) => index.toString(16).padStart(digits, "0"));
  return { digits, count, shards };
}

/** The shard of a project: the first digits of its hash. */
export function shardOf(sharding: Sharding, project: string): string {
  return projectHash(project).slice(0, sharding.digits);
}

/** The name of a shard's role, such as `unclaimed.3f`. */
export function shardRole(role: ShardedRole, shard: string): string {
  return `${role}.${shard}`;
}

/** The pattern of all files of a shard, such as `3f??` and two more levels: `?` globs are read alike by every TUF client. */
export function shardPattern(shard: string): string {
  return `${shard.padEnd(HASH_DIGITS, "?")}/*/*`;
}
