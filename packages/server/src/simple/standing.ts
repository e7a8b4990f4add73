import {
  decodeStatus,
  makeSharding,
  readWish,
  releaseRole,
  shardOf,
  shardRole,
  standingOf,
  type ProjectWish,
  type Standing,
  type StatusShard,
} from "@countermark/repository";
import { readTargets } from "@countermark/tuf";
import { ServerError } from "../errors.ts";
import type { IndexSettings, IndexStore } from "../storage/index-store.ts";

/** Where the words about a project lie. */
export interface StandingPorts {
  readonly store: Pick<IndexStore, "role">;
  readonly settings: Pick<IndexSettings, "shards">;
}

/** What the operator says of the projects of a project's shard. Throws `DATA_DAMAGED`. */
export async function statusOf({ store, settings }: StandingPorts, project: string): Promise<StatusShard> {
  const name = shardRole("status", shardOf(makeSharding(settings.shards), project));
  const role = await store.role(name);
  if (role === undefined) throw new ServerError("DATA_DAMAGED", `the database has lost the role ${name}`);
  return decodeStatus(readTargets(role.bytes).signed, name);
}

/** What the releasers of a project say of it. */
export async function wishOf({ store }: StandingPorts, project: string): Promise<ProjectWish | undefined> {
  const name = releaseRole(project);
  const role = await store.role(name);
  return role && readWish(readTargets(role.bytes).signed, name);
}

/** States in which a project takes no new distribution (PEP 792); a withdrawn one is more than quarantined. */
const CLOSED: ReadonlySet<Standing["status"]> = new Set(["archived", "quarantined", "withdrawn"]);

/**
 * Refuses new distributions of a project that its operator has closed, or, for uploads that nobody signs, its releasers.
 * @throws ServerError `PROJECT_CLOSED`
 */
export async function requireOpen(ports: StandingPorts, project: string, signed = false): Promise<void> {
  const wish = signed ? undefined : await wishOf(ports, project);
  const { status } = standingOf(await statusOf(ports, project), project, wish);
  if (!CLOSED.has(status)) return;
  throw new ServerError("PROJECT_CLOSED", `${project} is ${status} here and takes no new files`, {
    hint: "the operator of this index, or whoever releases the project, can open it again",
  });
}
