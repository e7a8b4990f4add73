import {
  makeSharding,
  presentClaim,
  projectRole,
  releaseRole,
  shardOf,
  ShardDraft,
  shardRole,
  type Present,
  type RoleFile,
  type ShardedRole,
} from "@countermark/repository";
import type { Clock } from "../clock.ts";
import type { OpenIndex } from "../data-folder.ts";
import { record, SignedRoles, type Roles } from "../publisher/signed-roles.ts";

/** The roles that say where a project stands. */
const SHARDED: readonly ShardedRole[] = ["claimed", "sealed", "recently-claimed", "unclaimed", "status"];

/** What stands of a project at this moment, verified as the publisher verifies it: the same work however many there are. */
export async function presentOf(
  { store, signers, settings, lifetimes }: Pick<OpenIndex, "store" | "signers" | "settings" | "lifetimes">,
  project: string,
  clock: Clock,
): Promise<Present> {
  const signed = new SignedRoles(store, signers);
  const sharding = makeSharding(settings.shards);
  const shard = shardOf(sharding, project);
  const names = [projectRole(project), releaseRole(project), ...SHARDED.map((role) => shardRole(role, shard))];
  const roles: Roles = new Map((await store.roles(names)).map((role) => [role.name, role]));
  const content = (role: ShardedRole) => signed.content(record(roles, shardRole(role, shard)));
  const draft = new ShardDraft({
    shard,
    claimed: await content("claimed"),
    sealed: await content("sealed"),
    recentlyClaimed: await content("recently-claimed"),
    unclaimed: await content("unclaimed"),
    status: await content("status"),
  });
  const file = async (name: string): Promise<RoleFile | undefined> => {
    const role = roles.get(name);
    return role && (await signed.file(role));
  };
  const about = { project, sharding, lifetimes, now: clock(), ...draft.present };
  const files = { p: await file(projectRole(project)), r: await file(releaseRole(project)) };
  const used = (await store.filesOf(project)).map(
    ({ folded, filename, sha256, deletedIn }) =>
      [folded, { filename, sha256, deleted: deletedIn !== undefined }] as const,
  );
  return { ...about, ...presentClaim(about, files), names: new Map(used) };
}
