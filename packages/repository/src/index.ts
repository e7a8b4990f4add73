export { RepositoryError, type RepositoryErrorCode } from "./errors.ts";
export { isNormalisedName, MAX_PROJECT_NAME } from "./layout/names.ts";
export {
  isSafeFilename,
  parseTargetPath,
  projectHash,
  projectPattern,
  splitTargetPath,
  targetPath,
  type TargetPath,
} from "./layout/paths.ts";
export { makeSharding, SHARDED_ROLES, shardOf, shardRole, type ShardedRole, type Sharding } from "./layout/sharding.ts";
export {
  isDeveloperRole,
  parseRoleName,
  projectRole,
  releaseRole,
  sealedFilesRole,
  type RoleName,
} from "./layout/role-names.ts";
export { LAYOUT_VERSION, readLayout, type Layout } from "./layout/layout.ts";
export { EXPIRY_WARNINGS_DAYS, isDue, PROFILES, type Lifetimes, type ProfileName } from "./layout/lifetimes.ts";
export { checkShape } from "./layout/shape.ts";
export {
  baseUrl,
  FILES_FOLDER,
  fileUrl,
  METADATA_FOLDER,
  metadataFilename,
  metadataUrl,
  SIMPLE_FOLDER,
  targetUrl,
} from "./wire/urls.ts";
export { decodeReleaseFile, encodeReleaseFile, type ReleaseFile } from "./wire/release-file.ts";
export { decodeStatus, NO_WITHDRAWALS, statusContent, type ProjectStatus, type StatusShard } from "./status/status.ts";
export {
  listProject,
  requireInstallable,
  type LoadRole,
  type ProjectListing,
  type Protection,
  type Standing,
} from "./project/listing.ts";
export { readPersons, requirePersons } from "./project/persons.ts";
export { ownersOf, type Owners } from "./project/owners.ts";
export { FLOOR_ROLES, formatFloorLine, parseFloorLine, raiseFloor, type FloorLine } from "./floors/floor-line.ts";
export { claimFloorFields, readClaimFloors, type ClaimFloor } from "./floors/claim-floors.ts";
export { judgeChange, type Judgement, type KnownProject } from "./continuity/continuity.ts";
export {
  describeRoleFile,
  makeRoleFile,
  snapshotEntry,
  type RoleContent,
  type RoleFile,
  type RoleRecord,
} from "./publisher/role-file.ts";
export { onlineRoleOf, type OnlineRole, type OnlineSigners } from "./publisher/signers.ts";
export {
  contentOf,
  dueRoles,
  publish,
  signTimestamp,
  type Publication,
  type PublicationInput,
  type PublishedState,
} from "./publisher/publish.ts";
export { unclaimedBin } from "./unclaimed/bin.ts";
export {
  firstCeremony,
  type FirstCeremony,
  type FirstCeremonyInput,
  type Holders,
  type OfflineHolders,
} from "./ceremony/first.ts";
export {
  ceremonyRoles,
  verifyOffered,
  type CeremonyRoles,
  type OfferedRoles,
  type SignedRole,
} from "./ceremony/record.ts";
export { isOfflineRole, renewCeremony, type RenewalInput } from "./ceremony/renew.ts";
