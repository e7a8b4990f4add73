export { identityOfCiKey, makeCiKey, MAX_CI_KEY_DAYS, readCiLimits, type CiKey, type CiLimits } from "./ci/ci-key.ts";
export { openCiIdentity, type CiKeySource } from "./ci/open-ci-key.ts";
export { deviceFiles, type DeviceFiles } from "./device/device.ts";
export { osKeychain, type Keychain } from "./device/keychain.ts";
export type { DeviceLock } from "./device/locks.ts";
export { verifyApproval } from "./enrolment/approval.ts";
export { ownKeys, proveEnrolment, verifyEnrolment, type Enrolment } from "./enrolment/enrolment.ts";
export { IdentityError, type IdentityErrorCode } from "./errors.ts";
export type { Identity, IdentityKind, IdentityPurpose, PublicKeys, StatementSignature } from "./identity/identity.ts";
export { MAX_ACCOUNT_CHARACTERS, parseAccountName, type Account } from "./keys/account.ts";
export { identityOfKeyFile } from "./keyfile/identity.ts";
export { openKeyFileIdentity } from "./keyfile/open-key-file.ts";
export { MAX_KEY_FILE_BYTES } from "./keyfile/parse.ts";
export { checkReleaseKey, readLoginKey, readReleaseKey } from "./keys/admissible.ts";
export { guessingCost, GUESSES_PER_DOLLAR, type GuessingCost } from "./passphrase/cost.ts";
export { MAX_GENERATION, type DerivedAccount, type Passphrase } from "./passphrase/derive.ts";
export {
  checkOwnPassphrase,
  estimateOwnPassphrase,
  FLOOR_BITS,
  phraseCost,
  type Protects,
} from "./passphrase/estimate.ts";
export { openPassphraseIdentity } from "./passphrase/open.ts";
export { confirmsWord, generatePhrase, isPhraseWord, PHRASE_WORDS, positionsToConfirm } from "./passphrase/phrase.ts";
export { MAX_PASSPHRASE_BYTES } from "./passphrase/text.ts";
export { findTypos, suggestWords, type Typo } from "./passphrase/typos.ts";
export { readPassphraseDescriptor, readSecretDescriptor } from "./secret/read-descriptor.ts";
export { SecretBytes } from "./secret/secret-bytes.ts";
export {
  approvalKeyOf,
  readApprovalKey,
  type ApprovalKey,
  type ApprovalKeyType,
  type Presence,
  type Verdict,
} from "./ssh/approval-key.ts";
export { agentOf, type AgentAddress } from "./ssh-agent/connection.ts";
export { agentIdentity, approveWithAgent } from "./ssh-agent/identity.ts";
export { listAgentKeys, type AgentApprovalKey, type AgentKey, type AgentReleaseKey } from "./ssh-agent/keys.ts";
export { MAX_MESSAGE_BYTES } from "./ssh-agent/protocol.ts";
export {
  PURPOSES,
  signingKeyOf,
  type OwnKeys,
  type Purpose,
  type SigningKey,
  type Statements,
} from "./statement/purposes.ts";
export {
  peerOf,
  verifyStatement,
  type Claim,
  type IdentityClaim,
  type StatementContext,
} from "./statement/statement.ts";
