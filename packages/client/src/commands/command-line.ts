import { CommanderError, type Command } from "commander";
import type { Finish } from "./groups/finish.ts";
import { reportFailure, tolerateGoneReaders } from "./report.ts";

/** Exit code of a command line that makes no sense, as `sysexits.h` has it (EX_USAGE). */
const EXIT_USAGE = 64;

/** Reads the process's command line and carries it out. Returns the exit code. */
export async function runCommandLine(): Promise<number> {
  tolerateGoneReaders();
  let exitCode = 0;
  const program = await programFor(process.argv[2], (code) => {
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

/** Whoever types `run` waits for a command of theirs to start: the options of all others need not be read for it. */
async function programFor(command: string | undefined, finish: Finish): Promise<Command> {
  if (command !== "run") return (await import("./program.ts")).makeProgram(finish);
  const [{ makeBaseProgram }, { addRun }] = await Promise.all([
    import("./base-program.ts"),
    import("./groups/install/run.ts"),
  ]);
  const program = makeBaseProgram();
  addRun(program, finish);
  return program;
}
