import { Command } from "commander";
import { VERSION } from "../version.ts";

/** The command line without a command. */
export function makeBaseProgram(): Command {
  return new Command("countermark")
    .description("Install Python packages only when they verify.")
    .version(VERSION, "-V, --version")
    .helpCommand(false)
    .exitOverride() // before the commands are made: they inherit it
    .enablePositionalOptions()
    .showHelpAfterError("(see countermark --help)");
}
