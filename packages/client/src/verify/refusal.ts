import { PackagingError } from "@countermark/packaging/naming";
import { RepositoryError, type RepositoryErrorCode } from "@countermark/repository/verifying";
import { TufError, type TufErrorCode } from "@countermark/tuf";
import { ClientError, type ClientErrorCode } from "../errors.ts";

/** The pure packages' verdicts in this package's words: what to tell a user, and what they can do. */
const OF_TUF: Readonly<Record<TufErrorCode, ClientErrorCode | undefined>> = {
  TUF_JSON: "METADATA_MALFORMED",
  TUF_FORMAT: "METADATA_MALFORMED",
  TUF_UNSUPPORTED: "METADATA_MALFORMED",
  TUF_KEY: "METADATA_MALFORMED",
  TUF_SIGNATURE: "METADATA_SIGNATURE",
  TUF_VERSION: "METADATA_ROLLBACK",
  TUF_EXPIRED: "METADATA_EXPIRED",
  TUF_INTEGRITY: "METADATA_MISMATCH",
  TUF_ROLE: "METADATA_ROLE",
  TUF_ORDER: undefined,
};

/** Every code has its line, so that a new one is asked about by the compiler; what no reader may meet is a mistake of ours. */
const OF_REPOSITORY: Readonly<Record<RepositoryErrorCode, ClientErrorCode | undefined>> = {
  TARGET_PATH: "METADATA_SHAPE",
  SHARDING: "METADATA_SHAPE",
  ROLE_SHAPE: "METADATA_SHAPE",
  FILE_ENTRY: "METADATA_SHAPE",
  STATUS: "METADATA_SHAPE",
  LAYOUT_TOO_NEW: "LAYOUT_NEWER",
  PROJECT_REFUSED: "WITHDRAWN",
  ROLE_CEREMONY: "METADATA_ROLLBACK",
  ROLE_PERSONS: "METADATA_SIGNATURE",
  ROLE_FLOOR: "METADATA_ROLLBACK",
  FLOOR_LINE: "CONFIG_INVALID",
  CEREMONY: undefined,
  CEREMONY_CLAIM: undefined,
  CEREMONY_STATE: undefined,
  CEREMONY_BUNDLE: undefined,
  CEREMONY_SIGNATURES: undefined,
  PUBLICATION: undefined,
  WIRE_FORMAT: undefined,
  DRAFT: undefined,
  TRANSACTION: undefined,
  PROJECT_PROTECTED: undefined,
  FILE_LISTED: undefined,
  NO_SUCH_FILE: undefined,
  NOT_WITHDRAWN: undefined,
  TX_FORMAT: undefined,
  TX_STANDING: undefined,
  TX_UNMET: undefined,
  TX_CONFLICT: undefined,
  TX_VERSION: undefined,
  TX_EXPIRY: undefined,
  TX_PATH: undefined,
  TX_DELEGATION: undefined,
  TX_KEY: undefined,
  TX_KEYS: undefined,
  TX_THRESHOLD: undefined,
  TX_CI_KEY: undefined,
  TX_NAME: undefined,
  TX_CONTENT: undefined,
  TX_UPLOAD_TIME: undefined,
  TX_BLOB: undefined,
  TX_METADATA: undefined,
  TX_SIGNATURES: undefined,
  TX_OWNERS: undefined,
  TX_HELD: undefined,
};

const HINTS: Readonly<Partial<Record<ClientErrorCode, string>>> = {
  METADATA_MALFORMED:
    "the index is broken, or something between you and it altered what it said; nothing was installed",
  METADATA_SIGNATURE: "whoever answered does not hold the keys that you trust; nothing was installed",
  METADATA_ROLLBACK: "whoever answered shows you something older than you have already seen; nothing was installed",
  METADATA_EXPIRED:
    "the index is not kept up, or something shows you an old copy of it; check this machine's clock, then ask its operator",
  METADATA_MISMATCH: "the index is broken, or something between you and it altered what it said; nothing was installed",
  METADATA_ROLE: "the index is broken, or hides a part of itself; nothing was installed",
  METADATA_SHAPE: "somebody signed more than they may; nothing was installed; tell the index's operator",
  LAYOUT_NEWER: "update countermark",
  WITHDRAWN: "the index's operator took it away; ask them, or choose another version",
};

/**
 * A verdict of the pure packages as an error of this one; our own errors as they are, and what is no verdict (a mistake of
 * ours) as it is, too: it must crash.
 */
export function asRefusal(error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined || !(error instanceof Error)) return error;
  const hint = HINTS[code];
  return new ClientError(code, error.message, { ...(hint !== undefined && { hint }), cause: error });
}

function codeOf(error: unknown): ClientErrorCode | undefined {
  if (error instanceof TufError) return OF_TUF[error.code];
  if (error instanceof RepositoryError) return OF_REPOSITORY[error.code];
  // Only names of files in signed metadata are parsed on the way, and metadata with a wrong one has the wrong shape.
  return error instanceof PackagingError ? "METADATA_SHAPE" : undefined;
}

/** Runs `work`, with verdicts of the pure packages as errors of this one. */
export function refusing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asRefusal(error);
  }
}
