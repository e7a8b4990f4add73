import type { Command } from "commander";
import { ClientError } from "../../../errors.ts";
import type { SigningOptions } from "../../../account/key-source.ts";
import type { Finish } from "../finish.ts";
import { addSigningOptions } from "../publish/signing-options.ts";

const RUN_HELP = `
Examples:
  countermark run -- pip install -r requirements.txt
  countermark run -- uv sync
  countermark run --allow git.example.org -- make install

The command's only way out is a gate to the trusted index, which hands over nothing that did not verify; index settings,
lock files and build tools included. What was refused is told when the command has ended; if that was asked of the index,
the exit code is not 0. Other hosts are refused, too: that is told, and leaves the command's exit code as it is, for the
command may well do without them. Nothing that comes from a host you allow is verified.

  countermark run --sign -- twine upload dist/*
  countermark run --sign -- uv publish                                     poetry publish -r countermark, pdm, flit, hatch
  countermark run --sign --account me -- python setup.py sdist upload      on a machine that has not seen the account

With --offline, nothing is asked of the index. What it showed last counts until it expires (a few days); what was not fetched
before is refused. It cannot tell of newer releases, nor of files that were withdrawn since: that is said at the start.

With --sign, what the command uploads is collected; when it has ended, you see what would be released, and sign with one
passphrase. Files of another project than the working folder's (or --project) are refused.
`;

interface Asked extends SigningOptions {
  readonly allow: string[];
  readonly sign?: boolean;
  readonly project?: string;
  readonly offline?: boolean;
}

/** `run`: the gate. */
export function addRun(program: Command, finish: Finish): void {
  const run = program
    .command("run")
    .description("run a command whose installers see the verified index alone")
    .argument("<command...>", "the command and its arguments, after --")
    .option("--offline", "ask no index: install what was verified and fetched before, and say what that cannot tell")
    .option("--sign", "collect what the command uploads, and sign it once you have seen it")
    .option("--project <name>", "with --sign: the project that is released; the working folder's by default");
  addSigningOptions(run)
    .option("--allow <host[:port]>", "let the command reach this host, too; may be repeated", collect, [])
    .passThroughOptions()
    .addHelpText("after", RUN_HELP)
    .action(async ([command = "", ...args]: string[], options: Asked) => {
      if (options.sign === true && options.offline === true) {
        throw new ClientError("USAGE", "--sign needs the index, and --offline asks none", {
          hint: "leave one of them out",
        });
      }
      if (options.sign === true) {
        const { runSigned } = await import("../../run-signed.ts");
        finish(await runSigned(command, args, options));
      } else {
        const { run } = await import("../../run.ts");
        finish(await run(command, args, options));
      }
    });
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
