export { delegationKeys, delegationsFor } from "./delegations/look-up.ts";
export { matchesPattern } from "./delegations/pattern.ts";
export { TufError, type TufErrorCode } from "./errors.ts";
export { canonicalise, encodeJson } from "./json/canonical.ts";
export { parseJson } from "./json/parse.ts";
export { jsonObject, type PlainJson } from "./json/plain.ts";
export { MAX_JSON_BYTES, MAX_JSON_DEPTH, type JsonLimits } from "./json/reader.ts";
export type { JsonObject, JsonValue } from "./json/value.ts";
export { ed25519PublicKey, ed25519Signer, generateEd25519 } from "./keys/ed25519.ts";
export { computeKeyId } from "./keys/key-id.ts";
export type { PublicKey, Signer } from "./keys/key.ts";
export { keyObjectSigner, publicKeyOf } from "./keys/key-object.ts";
export { readPublicKey } from "./keys/read.ts";
export { MAX_RSA_BITS, MIN_RSA_BITS, RECOMMENDED_RSA_BITS } from "./keys/rsa.ts";
export {
  makeDelegations,
  makeRoot,
  makeSnapshot,
  makeTargetFile,
  makeTargets,
  makeTimestamp,
  type Draft,
} from "./metadata/build.ts";
export { readMetadata, readRoot, readSnapshot, readTargets, readTimestamp } from "./metadata/envelope.ts";
export { SPEC_VERSION } from "./metadata/fields.ts";
export { checkIntegrity } from "./metadata/hashes.ts";
export type {
  DelegatedRole,
  Delegations,
  Envelope,
  FileMeta,
  Metadata,
  RoleKeys,
  Root,
  SignedCommon,
  Snapshot,
  SuccinctRoles,
  TargetFile,
  Targets,
  Timestamp,
  TopLevelRole,
} from "./metadata/model.ts";
export { addSignatures, signMetadata } from "./metadata/sign.ts";
export { formatTime, parseTime } from "./metadata/time.ts";
export { signingKeys, verifySignatures } from "./metadata/verify.ts";
export { toJson } from "./metadata/write.ts";
export { outlineOf, readOutline, type Outline } from "./recall/outline.ts";
export { MAX_ROLES_PER_SEARCH, searchTarget, type FoundTarget, type RoleRequest } from "./trusted-set/search.ts";
export { TrustedSet, type RoleOptions, type SnapshotOptions } from "./trusted-set/trusted-set.ts";
