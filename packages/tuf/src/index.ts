export { TufError, type TufErrorCode } from "./errors.ts";
export type { JsonObject, JsonValue } from "./json/value.ts";
export type { PublicKey, Signer } from "./keys/key.ts";
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
