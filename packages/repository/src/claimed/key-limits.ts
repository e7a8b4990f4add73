import { encodeJson } from "@countermark/tuf";
import { RepositoryError } from "../errors.ts";
import { projectRole } from "../layout/role-names.ts";
import { MAX_OWNER_KEY_BYTES, MAX_OWNERS, MAX_RELEASERS } from "./limits.ts";
import type { ProjectDraft } from "./project-draft.ts";

/**
 * A project names no more keys than its shard has room for: the delegation to its `p.` copies its owners' keys into a file
 * that all projects of the shard share, and that every installer of any of them reads whole.
 * @throws RepositoryError `TX_KEYS`
 */
export function requireFewKeys({
  project,
  owners,
  releasers,
}: Pick<ProjectDraft, "project" | "owners" | "releasers">): void {
  const name = projectRole(project);
  const fail = (what: string) => new RepositoryError("TX_KEYS", `${name} names ${what}`, name);
  if (owners.keys.length > MAX_OWNERS) throw fail(`${owners.keys.length} owners: at most ${MAX_OWNERS} are possible`);
  const releasing = releasers?.keys.length ?? 0;
  if (releasing > MAX_RELEASERS) throw fail(`${releasing} releasers: at most ${MAX_RELEASERS} are possible`);
  const bytes = owners.keys.reduce((sum, { json }) => sum + encodeJson(json).byteLength, 0);
  if (bytes > MAX_OWNER_KEY_BYTES) {
    throw fail(`owners with ${bytes} bytes of keys: at most ${MAX_OWNER_KEY_BYTES} are possible`);
  }
}
