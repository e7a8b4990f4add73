import type { Command } from "commander";
import { makeBaseProgram } from "./base-program.ts";
import type { Finish } from "./groups/finish.ts";
import { addHoldCommands } from "./groups/hold.ts";
import { addInstallCommands } from "./groups/install.ts";
import { addPublishCommands } from "./groups/publish.ts";

const HELP = `
Examples:
  countermark trust https://index.example.org/ --root 6f2a…   trust an index, once
  countermark run -- pip install flask                        install, verified
  countermark run -- uv sync
  countermark why flask                                       who vouches for it?
  countermark login https://index.example.org/ --account me   an account, and a passphrase
  countermark publish dist/*                                  release, signed by you

Exit codes: 0 done, 1 refused, 64 wrong usage, 65 bad data, 69 index unreachable, 73 cannot write,
77 the index is private.
\`run\` ends as its command does, but never with 0 when something asked of the index was refused.
`;

/** The commands by who reads them: one module of `groups/` for each reader, one folder beside it where there are many. */
const GROUPS: readonly ((program: Command, finish: Finish) => void)[] = [
  addInstallCommands,
  addPublishCommands,
  addHoldCommands,
];

/** The command line. Each command is loaded when it is asked for: starting must stay cheap. */
export function makeProgram(finish: Finish): Command {
  const program = makeBaseProgram().addHelpText("after", HELP);
  for (const add of GROUPS) add(program, finish);
  // Listed for the help alone: `src/main.ts` leads to it without this command line.
  program.commandsGroup("Maintain:");
  program.command("tuf").argument("<words...>").description("a client of any TUF repository, for conformance suites");
  return program;
}
