import { PackagingError } from "@countermark/packaging";
import { RepositoryError } from "@countermark/repository";
import { ServerError } from "../errors.ts";

/** Why a file was refused. */
export interface Refusal {
  readonly code: string;
  readonly reason: string;
  readonly hint: string | undefined;
}

const OF_ONE_FILE: ReadonlySet<string> = new Set([
  "FILE_EXISTS",
  "FILE_UNREADABLE",
  "UPSTREAM",
  "UPSTREAM_HOST",
  "UPSTREAM_HASH",
]);

/** Errors that are about one file; undefined for all others, which end the import. */
export function refusalOf(error: unknown): Refusal | undefined {
  const { code, message: reason, hint } = error as { code: string; message: string; hint?: string };
  const own = error instanceof ServerError && OF_ONE_FILE.has(error.code);
  if (own || error instanceof PackagingError || error instanceof RepositoryError) return { code, reason, hint };
  return undefined;
}
