import type { Command } from "commander";
import type { Finish } from "../finish.ts";

const RUN_HELP = `
Examples:
  countermark run -- pip install -r requirements.txt
  countermark run -- uv sync
  countermark run --allow git.example.org -- make install

The command's only way out is a gate to the trusted index, which hands over nothing that did not verify; index settings,
lock files and build tools included. What was refused is told when the command has ended; if that was asked of the index,
the exit code is not 0. Other hosts are refused, too: that is told, and leaves the command's exit code as it is, for the
command may well do without them. Nothing that comes from a host you allow is verified.
`;

/** `run`: the gate. */
export function addRun(program: Command, finish: Finish): void {
  program
    .command("run")
    .description("run a command whose installers see the verified index alone")
    .argument("<command...>", "the command and its arguments, after --")
    .option("--index <url>", "which of the trusted indexes")
    .option("--allow <host[:port]>", "let the command reach this host, too; may be repeated", collect, [])
    .passThroughOptions()
    .addHelpText("after", RUN_HELP)
    .action(async ([command = "", ...args]: string[], options: { index?: string; allow: string[] }) => {
      const { run } = await import("../../run.ts");
      finish(await run(command, args, options));
    });
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
