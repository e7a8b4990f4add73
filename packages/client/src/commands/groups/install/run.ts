import type { Command } from "commander";
import type { Finish } from "../finish.ts";

const RUN_HELP = `
Examples:
  countermark run -- pip install -r requirements.txt
  countermark run -- uv sync
  countermark run -- make install

Everything the command installs comes from the trusted index, verified before its first byte. What was refused is told
when the command has ended; if that was asked of the index, the exit code is not 0. Other hosts are refused, too: that is
told, and leaves the command's exit code as it is, for the command may well do without them.
`;

/** `run`: the gate. */
export function addRun(program: Command, finish: Finish): void {
  program
    .command("run")
    .description("run a command whose installers see the verified index alone")
    .argument("<command...>", "the command and its arguments, after --")
    .option("--index <url>", "which of the trusted indexes")
    .passThroughOptions()
    .addHelpText("after", RUN_HELP)
    .action(async ([command = "", ...args]: string[], options: { index?: string }) => {
      const { run } = await import("../../run.ts");
      finish(await run(command, args, options));
    });
}
