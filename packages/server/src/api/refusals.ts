import { IdentityError } from "@countermark/identity";
import { PackagingError } from "@countermark/packaging";
import { encodeProblem, PROBLEM_TYPE, RepositoryError } from "@countermark/repository";
import { TufError, type JsonObject } from "@countermark/tuf";
import { ServerError, type ServerErrorCode } from "../errors.ts";
import type { Call } from "../http/door.ts";
import { noteRefusal } from "../http/refusal-codes.ts";
import { reply } from "../http/reply.ts";

/** Statuses of our own refusals; of all that are not here, 422: understood, and not acceptable. */
const STATUSES: Partial<Record<ServerErrorCode, number>> = {
  SIGN_IN: 401,
  NOT_ALLOWED: 403,
  NOTHING_THERE: 404,
  ACCOUNT_TAKEN: 409,
  BAD_CHANGE: 400,
  BUSY: 503,
  DISK_FULL: 507,
  TOO_LARGE: 413,
  TOO_MANY: 429,
  TOO_MANY_CLAIMS: 429,
  UPLOAD_CUT: 400,
  UPLOAD_SLOW: 408,
  UPLOAD_BUSY: 503,
};
/** Seconds after which whoever is refused because of others may try again. */
const RETRY_AFTER = "5";
const OTHERS: Readonly<Record<string, number>> = {
  WIRE_FORMAT: 400,
  TRANSACTION: 400,
  TX_CONFLICT: 409,
  IDENTITY_PROOF: 401,
};

/** A refusal with members of its own, such as the present state in a conflict. */
export class RefusalWith extends Error {
  override readonly cause: Error;
  readonly more: JsonObject;

  constructor(cause: Error, more: JsonObject) {
    super(cause.message);
    this.cause = cause;
    this.more = more;
  }
}

/** Answers with what was refused and why; throws on what is no refusal, but a failure of ours. */
export function replyRefusal(call: Call, error: unknown): Response {
  if (error instanceof RefusalWith) return replyProblem(call, error.cause, error.more);
  return replyProblem(call, error);
}

function replyProblem(call: Call, error: unknown, more?: JsonObject): Response {
  if (!isRefusal(error)) throw error;
  const { code, message: detail } = error;
  noteRefusal(call.env.incoming, code);
  const hint = "hint" in error ? error.hint : undefined;
  const status = (error instanceof ServerError ? STATUSES[error.code] : OTHERS[code]) ?? 422;
  const body = encodeProblem({ status, code, detail, ...(hint !== undefined && { hint }), ...(more && { more }) });
  const headers = {
    ...{ "content-type": PROBLEM_TYPE, "content-length": body.byteLength, "cache-control": "no-store" },
    ...(status === 503 && { "retry-after": RETRY_AFTER }),
  };
  // What was not read of a refused body is not worth reading: the connection ends with the answer.
  return reply(call, status, call.env.incoming.complete ? headers : { ...headers, connection: "close" }, body, detail);
}

type Refusal = ServerError | RepositoryError | IdentityError | PackagingError | TufError;

function isRefusal(error: unknown): error is Refusal {
  if (error instanceof ServerError) return error.code !== "DATA_DAMAGED" && error.code !== "IO";
  return [RepositoryError, IdentityError, PackagingError, TufError].some((kind) => error instanceof kind);
}
