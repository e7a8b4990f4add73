import { PackagingError } from "@countermark/packaging";
import { RepositoryError } from "@countermark/repository";
import { ServerError, type ServerErrorCode } from "../errors.ts";

/** Why an upload is not taken. */
export interface UploadRefusal {
  readonly status: 400 | 403 | 408 | 500 | 503;
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
}

/** Codes that are about the client, with statuses other than 400, the one that every upload tool shows well. */
const STATUSES: Partial<Record<ServerErrorCode, UploadRefusal["status"]>> = {
  UPLOAD_CREDENTIALS: 403,
  UPLOAD_NOT_ALLOWED: 403,
  UPLOAD_SLOW: 408,
  UPLOAD_BUSY: 503,
  DISK_FULL: 503,
  BUSY: 503,
};
/** Names that a new project may not have. */
const NAME_BARS = ["NAME_PROHIBITED", "NAME_RESERVED", "NAME_CONFUSABLE"] as const;
/** Codes of ours that are about the upload; any other is a failure of the index. */
const REFUSALS = new Set<ServerErrorCode>([
  "FILE_EXISTS",
  "UPLOAD_FORM",
  "UPLOAD_TOO_LARGE",
  "UPLOAD_CUT",
  "PROJECT_CLOSED",
  ...NAME_BARS,
]);

/** The refusal that an error means; undefined for what is no refusal but a failure. */
export function refusalOf(error: unknown): UploadRefusal | undefined {
  if (error instanceof PackagingError) {
    return { status: 400, code: error.code, message: error.message, hint: error.hint };
  }
  if (error instanceof RepositoryError)
    return { status: 400, code: error.code, message: error.message, hint: undefined };
  if (!(error instanceof ServerError)) return undefined;
  const status = STATUSES[error.code] ?? (REFUSALS.has(error.code) ? 400 : undefined);
  return status === undefined ? undefined : { status, code: error.code, message: error.message, hint: error.hint };
}
