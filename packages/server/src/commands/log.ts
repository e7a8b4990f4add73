import { InvalidArgumentError, Option, type Command } from "commander";
import { dataOption, parseProject } from "./options.ts";

/** The options of `log`, read. */
export interface LogOptions {
  readonly data: string;
  readonly after: number;
  readonly limit: number;
  readonly json?: true;
  readonly people?: true;
  readonly signing?: true;
}

const HELP = `
Every change is here for ever: uploads, imports, yanks, deletions, withdrawals, developers' releases; who asked, when,
and what became of it. With --people: what changed of accounts, tokens and members. Oldest first. With --json each is one line, with the whole payload.

Examples:
  countermark-server log --data /srv/index
  countermark-server log --data /srv/index flask --json --after 1200`;

/** `log`: the record of all changes. */
export function addLogCommand(program: Command): void {
  program
    .command("log")
    .argument("[project]", "of one project only", parseProject)
    .summary("list every change that was ever asked for")
    .description("Lists the transactions of the index with what became of them.")
    .addOption(dataOption())
    .addOption(new Option("--after <number>", "only those after this number").argParser(parseCount).default(0))
    .addOption(new Option("--limit <count>", "at most so many").argParser(parseCount).default(Infinity, "all"))
    .option("--people", "list what changed of accounts, tokens and members instead")
    .addOption(
      new Option("--signing", "list every use of an online key instead, and check that none was changed").conflicts(
        "people",
      ),
    )
    .option("--json", "print one JSON object for each")
    .addHelpText("after", HELP)
    .action(async (project: string | undefined, options: LogOptions) => {
      const { printLog } = await import("./run-log.ts");
      await printLog(project, options);
    });
}

function parseCount(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("write a number");
  return Number(text);
}
