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
export { readWish, withWish, type ProjectWish } from "./claimed/wish.ts";
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
export { foldedName } from "./layout/folded-name.ts";
export {
  INVITATION_SECRET_BYTES,
  decodeJoin,
  decodeJoins,
  encodeJoin,
  encodeJoins,
  invitationId,
  joinTag,
  verifyJoin,
  type Join,
} from "./wire/api/joins.ts";
export {
  decodeAccountView,
  decodeAdmissionRequest,
  decodeChallenge,
  decodeChallengeRequest,
  decodeEnrolmentRequest,
  decodeNewToken,
  decodeRevocationRequest,
  decodeSession,
  decodeSessionRequest,
  decodeTokenRequest,
  decodeTokens,
  encodeAccountView,
  encodeAdmissionRequest,
  encodeChallenge,
  encodeChallengeRequest,
  encodeEnrolmentRequest,
  encodeNewToken,
  encodeRevocationRequest,
  encodeSession,
  encodeSessionRequest,
  encodeTokenRequest,
  encodeTokens,
  MAX_ACCOUNT_BODY_BYTES,
  MAX_TOKEN_DAYS,
  type AccountKeys,
  type AccountView,
  type AdmissionRequest,
  type Challenge,
  type ChallengeRequest,
  type EnrolledKeys,
  type EnrolmentRequest,
  type RevocationRequest,
  type Session,
  type SessionRequest,
  type TokenRequest,
  type TokenView,
} from "./wire/api/accounts.ts";
export {
  decodeCommitOutcome,
  decodeCommitRequest,
  decodeOpenedTransaction,
  decodeProjectState,
  decodeReceivedFile,
  decodeStagedFiles,
  decodeWaiting,
  decodeWaitingList,
  encodeCommitOutcome,
  encodeCommitRequest,
  encodeOpenedTransaction,
  encodeProjectState,
  encodeReceivedFile,
  encodeStagedFiles,
  encodeWaiting,
  encodeWaitingList,
  MAX_COMMIT_BODY_BYTES,
  MAX_DEVELOPER_ROLE_BYTES,
  MAX_TRANSACTION_FILES,
  projectStateMembers,
  readProjectState,
  type CommitOutcome,
  type CommitRequest,
  type OpenedTransaction,
  type ProjectStanding,
  type ProjectState,
  type ReceivedFile,
  type StagedFile,
  type WaitingTransaction,
} from "./wire/api/transactions.ts";
export { decodeProblem, encodeProblem, PROBLEM_TYPE, type Problem } from "./wire/api/problem.ts";
export { API_FOLDER, apiPaths } from "./wire/api/paths.ts";
export { MAX_CI_KEY_MS, MAX_CLOCK_SKEW_MS, MAX_UPLOAD_TIME_SKEW_MS } from "./claimed/limits.ts";
export { readOwnersField, type KeySet } from "./claimed/owners-field.ts";
export { withoutLeft } from "./claimed/left-keys.ts";
export { ciEndWarning } from "./project/ci-end.ts";
export { readCiKeys } from "./claimed/ci-keys.ts";
export {
  composeProjectRole,
  readProjectRole,
  soleProject,
  type ProjectDraft,
  type Term,
} from "./claimed/project-draft.ts";
export { changeProject, type NewKey, type ProjectChange } from "./claimed/project-change.ts";
export {
  adopt,
  changeFiles,
  composeReleaseRole,
  filesIn,
  type FileList,
  type ReleaseChange,
} from "./claimed/release-change.ts";
export {
  describeChange,
  draftWarnings,
  type DescribedChange,
  type DescribedKey,
  type KeysChange,
} from "./claimed/describe.ts";
export {
  keySetOf,
  makeProjectJudge,
  publishersStanding,
  situationOf,
  withClaims,
  withoutClaims,
  type ProjectPorts,
} from "./claimed/judge.ts";
export { decodeProjectPayload, projectPayload, type ProjectPayload } from "./claimed/payload.ts";
export { checkTransaction, type CheckedTransaction } from "./claimed/check/check.ts";
export { NotYetSigned } from "./claimed/check/refuse.ts";
export { readOffer } from "./claimed/check/roles.ts";
export type { FormerFile, Offer, ReceivedBlob, Situation } from "./claimed/check/situation.ts";
export { addedByAlone, type SignedRelease } from "./claimed/whose-alone.ts";
export { decodeReleaseFile, encodeReleaseFile, type ReleaseFile } from "./wire/release-file.ts";
export { decodeStatus, NO_WITHDRAWALS, statusContent, type ProjectStatus, type StatusShard } from "./status/status.ts";
export {
  leaveOut,
  listProject,
  requireInstallable,
  standingOf,
  type LoadRole,
  type ProjectListing,
  type Protection,
  type Standing,
} from "./project/listing.ts";
export { readPersons, requirePersons } from "./project/persons.ts";
export { ownersOf, type Owners } from "./project/owners.ts";
export { FLOOR_ROLES, formatFloorLine, parseFloorLine, raiseFloor, type FloorLine } from "./floors/floor-line.ts";
export { claimFloorFields, readClaimFloors, type ClaimFloor } from "./floors/claim-floors.ts";
export type { SeenRole } from "./ceremony/promotion/state-lines.ts";
export { judgeChange, type Judgement, type KnownProject } from "./continuity/continuity.ts";
export {
  describeNewReleasers,
  equalOwners,
  MAX_TRACED_VERSIONS,
  seenRole,
  traceOwners,
  type TraceStart,
  type TraceTask,
} from "./continuity/owners-trace.ts";
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
export { jumpSince, republish, type RepublicationInput, type RestoredRole } from "./publisher/republish.ts";
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
export { formatToken, isToken, TOKEN_PREFIX, TOKEN_SECRET_BYTES, tokenHash } from "./wire/token.ts";
export type { Changes, Judge, Present, PresentRole, RequiredBlob, UsedName } from "./transactions/changes.ts";
export { blobsOf, decodeFiles, filesPayload } from "./transactions/files.ts";
export { judgeTransaction } from "./transactions/judge.ts";
export { presentClaim, type ClaimFiles } from "./transactions/present-claim.ts";
export { ShardDraft, type ShardRoles } from "./transactions/shard-draft.ts";
export { protectionOf, requireUnclaimed } from "./transactions/standing.ts";
export {
  decodePayload,
  encodePayload,
  MAX_PAYLOAD_BYTES,
  textMember,
  EVERY_PROJECT,
  TRANSACTION_KINDS,
  type Transaction,
  type TransactionKind,
} from "./transactions/transaction.ts";
export {
  decodeKeyChange,
  statusPayload,
  withKeyChange,
  type KeyChange,
  type StatusChange,
  type WithdrawalSubject,
} from "./transactions/withdrawal.ts";
export { deletePayload, isReason, unyankPayload, yankPayload, type FileChoice } from "./transactions/yank.ts";
export {
  bundleDigest,
  decodeBundle,
  encodeBundle,
  MAX_BUNDLE_AGE_MS,
  MAX_BUNDLE_BYTES,
  type Bundle,
  type ProposedClaim,
} from "./ceremony/promotion/bundle.ts";
export {
  composeCeremony,
  requirePrevious,
  type ComposedCeremony,
  type Overrides,
} from "./ceremony/promotion/compose.ts";
export type { Decision } from "./ceremony/promotion/rules.ts";
export { urgentClaims } from "./ceremony/promotion/urgent.ts";
export {
  commonOverrides,
  decodeSignatures,
  encodeSignatures,
  mergeCeremony,
  signCeremony,
  type CeremonySignatures,
  type HoldersKeys,
} from "./ceremony/promotion/signatures.ts";
export { formatSeen, parseState, stateRoot, type SeenProject } from "./ceremony/promotion/state-lines.ts";
export { decodeCeremonyRecord, encodeCeremonyRecord, type CeremonyRecord } from "./ceremony/record-form.ts";
