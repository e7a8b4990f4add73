import { Command, InvalidArgumentError } from "commander";
import { VERSION } from "../version.ts";

/** Where a command leaves its exit code. */
type Finish = (code: number) => void;

const HELP = `
Examples:
  countermark trust https://index.example.org/ --root 6f2a…   trust an index, once
  countermark run -- pip install flask                        install, verified
  countermark run -- uv sync
  countermark why flask                                       who vouches for it?

Exit codes: 0 done, 1 refused, 64 wrong usage, 65 bad data, 69 index unreachable, 73 cannot write.
\`run\` ends as its command does, but never with 0 when something asked of the index was refused.
`;

const RUN_HELP = `
Examples:
  countermark run -- pip install -r requirements.txt
  countermark run -- uv sync
  countermark run -- make install

Everything the command installs comes from the trusted index, verified before its first byte. What was refused is told
when the command has ended; if that was asked of the index, the exit code is not 0. Other hosts are refused, too: that is
told, and leaves the command's exit code as it is, for the command may well do without them.
`;

const FLOOR_HELP = `
Examples:
  countermark floor                                           print the line
  countermark trust URL --root 6f2a… --floor "ceremony=2 …"   begin from it, in a CI job

Whoever has seen nothing of an index yet can be shown an old state that has not expired. A job that begins from a line
cannot: keep it beside the fingerprint, and print it anew after each ceremony.
`;

const AGENT_HELP = `
Examples:
  countermark agent --port 8790
  PIP_INDEX_URL=$(countermark agent …)   see the settings that it prints

Unlike \`run\`, it cannot keep a tool from asking elsewhere: a second index in a tool's own settings, a lock file with
addresses, or a direct URL goes past it.
`;

/** The command line. Each command is loaded when it is asked for: starting must stay cheap. */
export function makeProgram(finish: Finish): Command {
  const program = new Command("countermark")
    .description("Install Python packages only when they verify.")
    .version(VERSION, "-V, --version")
    .helpCommand(false)
    .enablePositionalOptions()
    .showHelpAfterError("(see countermark --help)")
    .addHelpText("after", HELP);
  addTrust(program, finish);
  addInstalling(program, finish);
  addReading(program, finish);
  // Listed for the help alone: `src/main.ts` leads to it without this command line.
  program.command("tuf").argument("<words...>").description("a client of any TUF repository, for conformance suites");
  return program;
}

function addTrust(program: Command, finish: Finish): void {
  program.commandsGroup("Trust:");
  program
    .command("trust")
    .description("trust an index by the fingerprint of its first root")
    .argument("<url>", "the index, with or without /simple/")
    .option("--root <fingerprint>", "SHA-256 of its first root, from somewhere other than the index")
    .option("--floor <line>", "what somebody saw of it (countermark floor): nothing older is accepted")
    .option("--forget", "trust it no longer, and forget all that was known of it")
    .action(async (url: string, options: { root?: string; floor?: string; forget?: boolean }, command: Command) => {
      const { forget, trust } = await import("./trust.ts");
      const { root, floor } = options;
      if (options.forget === true) finish(forget(url));
      else if (root !== undefined) finish(await trust(url, { root, ...(floor !== undefined && { floor }) }));
      else command.error("error: option '--root <fingerprint>' is needed");
    });
  const floor = program
    .command("floor")
    .description("print what the index shows now in one line, below which others need never fall")
    .option("--index <url>", "which of the trusted indexes")
    .option("--project <name...>", "projects whose own roles the line shall speak of, too")
    .addHelpText("after", FLOOR_HELP)
    .action(async ({ index, project = [] }: { index?: string; project?: string[] }) => {
      const { showFloor } = await import("./floor.ts");
      finish(await showFloor({ projects: project, ...(index !== undefined && { index }) }));
    });
  floor
    .command("raise")
    .description("take such a line over, once the index is seen to meet it")
    .argument("<line>", "as `countermark floor` prints it, in quotes")
    .option("--index <url>", "which of the trusted indexes")
    .action(async (line: string, options: { index?: string }) => {
      const { raiseFloor } = await import("./floor.ts");
      finish(await raiseFloor(line, options));
    });
}

function addInstalling(program: Command, finish: Finish): void {
  program.commandsGroup("Install:");
  program
    .command("run")
    .description("run a command whose installers see the verified index alone")
    .argument("<command...>", "the command and its arguments, after --")
    .option("--index <url>", "which of the trusted indexes")
    .passThroughOptions()
    .addHelpText("after", RUN_HELP)
    .action(async ([command = "", ...args]: string[], options: { index?: string }) => {
      const { run } = await import("./run.ts");
      finish(await run(command, args, options));
    });
  program
    .command("agent")
    .description("keep a verified index on loopback, for containers")
    .option("--index <url>", "which of the trusted indexes")
    .option("--port <number>", "port of 127.0.0.1; a free one by default", readPort)
    .option("--json", "print address and settings as JSON")
    .addHelpText("after", AGENT_HELP)
    .action(async (options: { index?: string; port?: number; json?: boolean }) => {
      const { agent } = await import("./agent.ts");
      finish(await agent(options));
    });
}

function addReading(program: Command, finish: Finish): void {
  program.commandsGroup("Look:");
  program
    .command("why")
    .description("tell who vouches for a project's files, and who could forge them")
    .argument("<project>", "its name")
    .option("--index <url>", "which of the trusted indexes")
    .option("--json", "print it as JSON")
    .action(async (project: string, options: { index?: string; json?: boolean }) => {
      const { why } = await import("./why.ts");
      finish(await why(project, options));
    });
  program
    .command("status")
    .description("tell which indexes are trusted, without asking them")
    .option("--json", "print it as JSON")
    .action(async (options: { json?: boolean }) => {
      const { status } = await import("./status.ts");
      finish(status(options));
    });
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError("a port is a number from 0 to 65535.");
}
