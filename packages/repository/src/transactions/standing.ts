import { RepositoryError } from "../errors.ts";
import { projectPattern } from "../layout/paths.ts";
import { projectRole, sealedFilesRole } from "../layout/role-names.ts";
import type { Protection } from "../project/listing.ts";
import type { Present } from "./changes.ts";

type Shards = Pick<Present, "project" | "shard" | "claimed" | "sealed" | "recentlyClaimed">;

/** Who stands behind a project now: the order is that of the walk that lists it (`listProject`). */
export function protectionOf({ project, shard, claimed, sealed, recentlyClaimed }: Shards): Protection {
  const p = projectRole(project);
  if (claimed.delegations?.roles.has(p) === true) return "claimed";
  const seals = sealed.delegations?.roles.get(sealedFilesRole(shard))?.paths ?? [];
  if (seals.includes(projectPattern(project))) return "sealed";
  return recentlyClaimed.delegations?.roles.has(p) === true ? "recently-claimed" : "unclaimed";
}

/**
 * The index changes the files of projects that nobody signs for, and of no others.
 * @throws RepositoryError `PROJECT_PROTECTED`
 */
export function requireUnclaimed(present: Shards): void {
  const protection = protectionOf(present);
  if (protection === "unclaimed") return;
  throw new RepositoryError(
    "PROJECT_PROTECTED",
    `${present.project} is ${protection}: only what its own keys sign may change its files`,
  );
}
