import {
  makeSharding,
  projectRole,
  releaseRole,
  shardOf,
  shardRole,
  type Present,
  type ShardedRole,
} from "@countermark/repository";
import type { Clock } from "../clock.ts";
import type { OpenIndex } from "../data-folder.ts";
import { draftOfShard, presentProject } from "../publisher/present-project.ts";
import { SignedRoles, type Roles } from "../publisher/signed-roles.ts";

/** The roles that say where a project stands. */
const SHARDED: readonly ShardedRole[] = ["claimed", "sealed", "recently-claimed", "unclaimed", "status"];

/**
 * What stands of a project at this moment, verified as the publisher verifies it: the same work however many there are.
 * Whoever asks often keeps `signed`, which remembers what it has verified.
 */
export async function presentOf(
  { store, signers, settings, lifetimes }: Pick<OpenIndex, "store" | "signers" | "settings" | "lifetimes">,
  project: string,
  clock: Clock,
  signed: SignedRoles = new SignedRoles(store, signers),
): Promise<Present> {
  const sharding = makeSharding(settings.shards);
  const shard = shardOf(sharding, project);
  const names = [projectRole(project), releaseRole(project), ...SHARDED.map((role) => shardRole(role, shard))];
  const roles: Roles = new Map((await store.roles(names)).map((role) => [role.name, role]));
  const draft = await draftOfShard(signed, roles, shard);
  const about = { project, sharding, lifetimes, now: clock(), ...draft.present };
  return presentProject({ signed, store }, roles, about);
}
