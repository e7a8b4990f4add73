import { ClientError, messageAbout, systemCode } from "../errors.ts";
import { printable } from "../printable.ts";

/** Exit code of a mistake of ours, as `sysexits.h` has it (EX_SOFTWARE). */
const EXIT_BUG = 70;

/** Exit code of input that cannot be read (EX_DATAERR): files and keys of the person's own. */
const EXIT_DATA = 65;

/** Whatever says no with a code of docs/errors.md: this package, the packages it asks, the index. */
interface Refusal extends Error {
  readonly code: string;
  readonly hint: string | undefined;
}

/** Refusals of others by their names: loading their packages to know them would cost every start. */
const REFUSALS_OF_OTHERS: ReadonlyMap<string, number> = new Map([
  ["PackagingError", EXIT_DATA],
  ["RepositoryError", 1],
  ["IndexRefusal", 1],
]);

/** One line, a blank line, a hint: readable without colour, greppable by code. */
export function formatError(error: Refusal, subject?: string): string {
  return format("error", error, subject);
}

/** The same for what fails nothing by itself. */
export function formatWarning(error: Refusal, subject?: string): string {
  return format("warning", error, subject);
}

function format(kind: "error" | "warning", error: Refusal, subject: string | undefined): string {
  const message =
    subject === undefined || !(error instanceof ClientError) ? error.message : messageAbout(subject, error);
  const hint = error.hint === undefined ? "" : `\n\nhint: ${error.hint}`;
  return `${kind}[${error.code}]: ${printable(message, 1000)}${hint}\n`;
}

/** Tells on stderr why the command ends, and with which code. A mistake of ours shows its stack, to be reported. */
export function reportFailure(error: unknown): number {
  if (error instanceof ClientError) {
    process.stderr.write(formatError(error));
    return error.exitCode;
  }
  const exitCode = exitCodeOfOthers(error);
  if (exitCode !== undefined) {
    process.stderr.write(formatError(error as Refusal));
    return exitCode;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`error[INTERNAL]: countermark failed: this is its own mistake\n\n${stack}\n`);
  return EXIT_BUG;
}

/** Identity's refusals know theirs; `undefined` for what is no refusal. */
function exitCodeOfOthers(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === "IdentityError") return (error as Refusal & { readonly exitCode: number }).exitCode;
  return REFUSALS_OF_OTHERS.get(error.name);
}

/** A reader who has seen enough, as of `| head`, is no mistake: the command goes on to its own end, and nobody is told. */
export function tolerateGoneReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error) => {
      if (systemCode(error) !== "EPIPE") throw error;
    });
  }
}

/** Writes a message for people to stderr: stdout is for data. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Writes data to stdout. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
