import { CommanderError } from "commander";
import { makeProgram } from "./commands/program.ts";
import { reportFailure } from "./commands/report.ts";

/** Exit code of a command line that makes no sense, as `sysexits.h` has it (EX_USAGE). */
const EXIT_USAGE = 64;

let exitCode = 0;
const program = makeProgram((code) => {
  exitCode = code;
});
for (const command of [program, ...program.commands]) command.exitOverride();
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
  else exitCode = reportFailure(error);
}
// Whatever is still open belongs to nobody any more; a reader that is slow to take our last lines must still get them.
process.exitCode = exitCode;
