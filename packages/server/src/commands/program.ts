import { Command, type OutputConfiguration } from "commander";
import { addConfiguration } from "../config/apply.ts";
import { addAccountCommand } from "./account.ts";
import { addBackupCommand } from "./backup.ts";
import { addCeremonyCommand, addProposalCommands } from "./ceremony.ts";
import { addFsckCommand } from "./fsck.ts";
import { addImportCommand } from "./import.ts";
import { addLogCommand } from "./log.ts";
import { addInitCommand } from "./init.ts";
import { addProjectCommand } from "./project.ts";
import { addNameCommand } from "./name.ts";
import { reportError } from "./report.ts";
import { addRestoreCommand } from "./restore.ts";
import { addServeCommand } from "./serve.ts";
import { addTokenCommand } from "./token.ts";
import { addWithdrawCommands } from "./withdraw.ts";
import { addYankCommands } from "./yank.ts";

const DESCRIPTION = `A Python package index that signs everything it serves.

It lives in one folder: a database, the files, and the keys with which it signs from day to day. The keys that decide
who may sign at all are made by 'init' and carried away.`;

const EXAMPLES = `
Examples:
  countermark-server init --data index --keys /media/stick/index-keys
  countermark-server import --data index ~/wheels
  countermark-server serve --data index

Exit codes: 0 done, 1 refused or incomplete, 64 wrong usage, 65 bad data, 69 unavailable, 70 a bug, 73 cannot write.`;

/** The command line: every command and its options. */
export function buildProgram(version: string, output: OutputConfiguration = {}): Command {
  const program = new Command("countermark-server")
    .description(DESCRIPTION)
    .version(version, "-V, --version", "print the version and exit")
    .addHelpText("after", EXAMPLES)
    .helpCommand(false)
    // A command's --version is a release's.
    .enablePositionalOptions()
    .showHelpAfterError("\nhint: see --help")
    .configureOutput(output)
    .exitOverride();
  addInitCommand(program.commandsGroup("Set up:"));
  addCeremonyCommand(program);
  addProposalCommands(program);
  addImportCommand(program.commandsGroup("Run:"));
  addServeCommand(program);
  addBackupCommand(program);
  addRestoreCommand(program);
  addFsckCommand(program);
  addAccountCommand(program.commandsGroup("People:"));
  addTokenCommand(program);
  addProjectCommand(program);
  addNameCommand(program);
  addYankCommands(program.commandsGroup("Change what is served:"));
  addWithdrawCommands(program);
  addLogCommand(program);
  addConfiguration(program);
  return program;
}

/** Runs one command line and returns the exit code. `output` says where help and complaints about usage go. */
export async function run(args: readonly string[], version: string, output: OutputConfiguration = {}): Promise<number> {
  const program = buildProgram(version, output);
  try {
    if (args.length === 0) program.help({ error: true });
    await program.parseAsync(args, { from: "user" });
    return typeof process.exitCode === "number" ? process.exitCode : 0;
  } catch (error) {
    return reportError(error);
  }
}
