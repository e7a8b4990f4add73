import { Option, type Command } from "commander";
import { dataOption, parseReason } from "./options.ts";

interface Options {
  readonly data: string;
  readonly json?: true;
  readonly note: string;
}

const RESERVE_HELP = `
Nobody begins a project by this name, or by one that begins with it and a hyphen, but the accounts given; projects that are
here already are untouched. Given again, accounts are added. With --exact it is about this one name, and those whom it is
for may begin it although it is prohibited or looks like another.

Examples:
  countermark-server name reserve --data /srv/index acme --for ann bob
  countermark-server name reserve --data /srv/index acme-tools --exact --for-imports`;

const PROHIBIT_HELP = `
Nobody begins a project by these names, nor by one that looks the same. A file has one name in each line; lines that begin
with # say nothing.

Example:
  countermark-server name prohibit --data /srv/index json asyncio --file more-names.txt --note "in Python already"`;

const RELEASE_HELP = `
Example:
  countermark-server name release --data /srv/index acme`;

const LIST_HELP = `
Example:
  countermark-server name list --data /srv/index --json`;

/** `name`: which names new projects may have. */
export function addNameCommand(program: Command): void {
  const name = program
    .command("name")
    .summary("names that new projects may have")
    .description("Names that new projects may have: those kept for somebody, and those for nobody.")
    .helpCommand(false);
  name
    .command("reserve <name>")
    .summary("keep a name, and all that begin with it, for accounts")
    .description("Keeps a name, and all that begin with it and a hyphen, for some accounts.")
    .addOption(dataOption())
    .option("--for <account...>", "who may begin projects by these names", [])
    .option("--for-imports", "imports on this machine may")
    .option("--exact", "this name alone")
    .addOption(noteOption())
    .addHelpText("after", RESERVE_HELP)
    .action(async (text: string, options: ReserveOptions) => {
      const { reserve } = await import("./run-name.ts");
      await reserve(text, options);
    });
  name
    .command("prohibit [names...]")
    .summary("take a name from nobody")
    .description("Takes these names from nobody.")
    .addOption(dataOption())
    .option("--file <path>", "more names, one in each line")
    .addOption(noteOption())
    .addHelpText("after", PROHIBIT_HELP)
    .action(async (names: readonly string[], options: Options & { readonly file?: string }) => {
      const { prohibit } = await import("./run-name.ts");
      await prohibit(names, options);
    });
  name
    .command("release <name>")
    .summary("take back what is said of a name")
    .description("Takes back what is said of a name: anybody may begin it.")
    .addOption(dataOption())
    .addHelpText("after", RELEASE_HELP)
    .action(async (text: string, { data }: Options) => {
      const { release } = await import("./run-name.ts");
      await release(text, data);
    });
  name
    .command("list")
    .summary("show all rules")
    .description("Shows all rules.")
    .addOption(dataOption())
    .option("--json", "print the result as JSON")
    .addHelpText("after", LIST_HELP)
    .action(async ({ data, json }: Options) => {
      const { list } = await import("./run-name.ts");
      await list(data, json === true);
    });
}

/** What `name reserve` is given. */
export interface ReserveOptions extends Options {
  readonly for: readonly string[];
  readonly forImports?: true;
  readonly exact?: true;
}

function noteOption(): Option {
  return new Option("--note <text>", "why, as 'name list' shows it").argParser(parseReason).default("");
}
