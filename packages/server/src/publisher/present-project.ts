import {
  presentClaim,
  projectRole,
  readOwnersField,
  releaseRole,
  shardRole,
  ShardDraft,
  type KeySet,
  type Present,
  type RoleFile,
  type ShardedRole,
  type UsedName,
} from "@countermark/repository";
import { readTargets } from "@countermark/tuf";
import type { IndexStore, StoredFile } from "../storage/index-store.ts";
import { record, type Roles, type SignedRoles } from "./signed-roles.ts";

/** A shard as it stands, to be read or built upon. `roles` holds the records of its five roles. */
export async function draftOfShard(signed: SignedRoles, roles: Roles, shard: string): Promise<ShardDraft> {
  const content = (role: ShardedRole) => signed.content(record(roles, shardRole(role, shard)));
  return new ShardDraft({
    shard,
    claimed: await content("claimed"),
    sealed: await content("sealed"),
    recentlyClaimed: await content("recently-claimed"),
    unclaimed: await content("unclaimed"),
    status: await content("status"),
  });
}

/** What is read of a project beside its roles. */
export type ProjectStore = Pick<IndexStore, "filesOf" | "heldClaim" | "roleFile">;

/** What is known of a project before its own roles are read. */
export type AboutProject = Omit<Present, "p" | "r" | "names" | "held">;

/** What stands of a project: the present `p.` and `r.`, verified along its claim, and every name that it has used. */
export async function presentProject(
  { signed, store }: { readonly signed: SignedRoles; readonly store: ProjectStore },
  roles: Roles,
  about: AboutProject,
): Promise<Present> {
  const file = async (name: string): Promise<RoleFile | undefined> => {
    const role = roles.get(name);
    return role && (await signed.file(role));
  };
  const { project } = about;
  const files = { p: await file(projectRole(project)), r: await file(releaseRole(project)) };
  const held = await heldOwners(store, about);
  return { ...about, ...presentClaim(about, files), held, names: usedNames(await store.filesOf(project)) };
}

/**
 * The owners who stood when the claim was proposed to a ceremony. Nothing of it is verified: whoever writes to the database
 * could ask for more signatures by it, and never for fewer.
 */
async function heldOwners(store: ProjectStore, { project, now }: AboutProject): Promise<KeySet | undefined> {
  const version = await store.heldClaim(project, now);
  const bytes = version === undefined ? undefined : await store.roleFile(projectRole(project), version);
  return bytes && readOwnersField(readTargets(bytes).signed, projectRole(project));
}

function usedNames(files: readonly StoredFile[]): ReadonlyMap<string, UsedName> {
  return new Map(
    files.map(({ folded, filename, sha256, deletedIn }) => [
      folded,
      { filename, sha256, deleted: deletedIn !== undefined },
    ]),
  );
}
