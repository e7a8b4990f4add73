import { RepositoryError, type RepositoryErrorCode } from "../../errors.ts";

/** Refuses a transaction by the check that failed. */
export function refuse(code: RepositoryErrorCode, message: string, role?: string): RepositoryError {
  return new RepositoryError(code, message, role);
}

/** A transaction in which nothing is wrong but that others must sign it too: it can be kept for them. */
export class NotYetSigned extends RepositoryError {
  override readonly name = "RepositoryError";
}
