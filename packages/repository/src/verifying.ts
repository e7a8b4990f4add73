/*
 * What an installer's side needs: reading and judging roles. An entry of its own, because a command that verifies must not
 * load what publishes, claims and holds ceremonies to start.
 */
export { FILES_FOLDER, SIMPLE_FOLDER, baseUrl, fileUrl, metadataUrl, targetUrl } from "./wire/urls.ts";
export { FLOOR_ROLES, type FloorLine, formatFloorLine, parseFloorLine, raiseFloor } from "./floors/floor-line.ts";
export { type KnownProject, judgeChange } from "./continuity/continuity.ts";
export { type Layout, readLayout } from "./layout/layout.ts";
export {
  type LoadRole,
  type ProjectListing,
  type Protection,
  listProject,
  requireInstallable,
} from "./project/listing.ts";
export { type Owners } from "./project/owners.ts";
export { type ProjectDraft } from "./claimed/project-draft.ts";
export { type ReleaseFile } from "./wire/release-file.ts";
export { RepositoryError, type RepositoryErrorCode } from "./errors.ts";
export { SHARDED_ROLES, shardOf, shardRole } from "./layout/sharding.ts";
export { type SeenRole } from "./ceremony/promotion/state-lines.ts";
export { checkShape } from "./layout/shape.ts";
export { describeNewReleasers, equalOwners, seenRole, traceOwners } from "./continuity/owners-trace.ts";
export { isDeveloperRole, projectRole } from "./layout/role-names.ts";
export { isOfflineRole } from "./ceremony/renew.ts";
export { isSafeFilename, projectHash } from "./layout/paths.ts";
export { keySetOf } from "./claimed/judge.ts";
export { ciEndOf, ciEndWarning } from "./project/ci-end.ts";
export { requirePersons } from "./project/persons.ts";
