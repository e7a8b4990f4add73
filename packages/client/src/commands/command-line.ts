import { CommanderError } from "commander";
import { makeProgram } from "./program.ts";
import { reportFailure } from "./report.ts";

/** Exit code of a command line that makes no sense, as `sysexits.h` has it (EX_USAGE). */
const EXIT_USAGE = 64;

/** Reads the process's command line and carries it out. Returns the exit code. */
export async function runCommandLine(): Promise<number> {
  let exitCode = 0;
  const program = makeProgram((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync();
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    return reportFailure(error);
  }
}
