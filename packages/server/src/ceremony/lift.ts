import {
  decodeStatus,
  makeSharding,
  projectRole,
  readProjectRole,
  shardOf,
  shardRole,
  statusContent,
  withoutLeft,
  type ProjectDraft,
  type RoleContent,
} from "@countermark/repository";
import { readTargets } from "@countermark/tuf";
import type { OpenIndex } from "../data-folder.ts";
import { record, type Roles, type SignedRoles } from "../publisher/signed-roles.ts";

/** A project whose `p.` a ceremony has recorded, by its version. */
export interface Recorded {
  readonly project: string;
  readonly p: number;
}

/**
 * Status shards without the withdrawals of keys that projects had let go before they were recorded: the ceremony's floors
 * keep them out from now on, and whoever is asked back can come.
 */
export async function liftedStatus(
  { store, settings }: Pick<OpenIndex, "store" | "settings">,
  recorded: readonly Recorded[],
  roles: Roles,
  signed: SignedRoles,
): Promise<ReadonlyMap<string, RoleContent>> {
  const sharding = makeSharding(settings.shards);
  const lifted = new Map<string, RoleContent>();
  const byShard = Map.groupBy(recorded, ({ project }) => shardRole("status", shardOf(sharding, project)));
  for (const [name, projects] of byShard) {
    const before = decodeStatus(await signed.content(record(roles, name)), name);
    let status = before;
    for (const each of projects) {
      if (!status.projectKeys.has(each.project)) continue;
      status = withoutLeft(status, each.project, await draftsSince(store, each, roles)) ?? status;
    }
    if (status !== before) lifted.set(name, statusContent(status));
  }
  return lifted;
}

/** What every version of `p.` says from the recorded one to the present one. */
async function draftsSince(
  store: OpenIndex["store"],
  { project, p }: Recorded,
  roles: Roles,
): Promise<readonly ProjectDraft[]> {
  const name = projectRole(project);
  const drafts: ProjectDraft[] = [];
  for (let version = p; version <= record(roles, name).version; version += 1) {
    const bytes = await store.roleFile(name, version);
    // What cannot be read might name the key: then nothing is lifted.
    if (bytes === undefined) return [];
    drafts.push(readProjectRole(project, readTargets(bytes).signed, { keys: [], threshold: 1 }));
  }
  return drafts;
}
