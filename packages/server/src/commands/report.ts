import { CommanderError } from "commander";
import { PackagingError } from "@countermark/packaging";
import { RepositoryError } from "@countermark/repository";
import { TufError } from "@countermark/tuf";
import { ServerError } from "../errors.ts";

/** Bad arguments (sysexits.h). */
const USAGE = 64;
/** A bug of ours. */
const INTERNAL = 70;
const REFUSED = 65;

/** An error in the voice of the command line: one line, then what to do. */
export function formatError(code: string, message: string, hint: string | undefined): string {
  const text = `error[${code}]: ${message}\n`;
  return hint === undefined ? text : `${text}\nhint: ${hint}\n`;
}

/** Says on stderr what ended a command and returns its exit code. What nobody foresaw is a bug and shows its stack. */
export function reportError(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
  if (error instanceof ServerError) {
    process.stderr.write(formatError(error.code, error.message, error.hint));
    return error.exitCode;
  }
  if (error instanceof PackagingError || error instanceof RepositoryError || error instanceof TufError) {
    process.stderr.write(formatError(error.code, error.message, "hint" in error ? error.hint : undefined));
    return REFUSED;
  }
  // By name: most commands have no need to load the identities.
  if (error instanceof Error && error.name === "IdentityError") {
    const { code, message, hint, exitCode } = error as Error & { code: string; hint?: string; exitCode: number };
    process.stderr.write(formatError(code, message, hint));
    return exitCode;
  }
  process.stderr.write(
    `error: a bug in countermark-server\n\n${error instanceof Error ? error.stack : String(error)}\n`,
  );
  return INTERNAL;
}
