import type { TargetFile } from "@countermark/tuf";
import type { RoleContent } from "../publisher/role-file.ts";
import { encodeReleaseFile, type ReleaseFile } from "../wire/release-file.ts";

/** The content of `unclaimed.<hex>` (PEP 458's bin-n): every file of the shard's projects that nobody signs for. */
export function unclaimedBin(files: Iterable<readonly [project: string, file: ReleaseFile]>): RoleContent {
  const targets = new Map<string, TargetFile>();
  for (const [project, file] of files) targets.set(...encodeReleaseFile(project, file));
  return { targets, unknown: new Map() };
}
