import { Option, type Command } from "commander";
import {
  deletePayload,
  unyankPayload,
  yankPayload,
  type FileChoice,
  type TransactionKind,
} from "@countermark/repository";
import { ServerError } from "../errors.ts";
import { dataOption, parseProject, parseReason, parseVersionOption } from "./options.ts";

interface Options extends Chosen {
  readonly data: string;
  readonly reason: string;
}

interface Chosen {
  readonly version?: string;
  readonly file?: string;
  readonly all?: true;
}

const YANK_HELP = `
Installers pass a yanked release over unless somebody asks for exactly this version. It stays installable, so nobody's
lock file breaks (PEP 592). It is for projects that nobody claimed; the releasers of a claimed one yank it themselves.

Examples:
  countermark-server yank --data /srv/index flask --version 3.0.1 --reason "breaks on Windows"
  countermark-server unyank --data /srv/index flask --version 3.0.1`;

const DELETE_HELP = `
A deleted file is gone, and its name is never free again: another file could not be told from it. Lock files that name
it break. Mostly one wants 'yank', or 'withdraw' for what is harmful.

Example:
  countermark-server delete --data /srv/index flask --file flask-3.0.1-py3-none-any.whl --reason "secret in it"`;

/** `yank`, `unyank` and `delete`: what the index may change of projects that nobody signs for. */
export function addYankCommands(program: Command): void {
  add(program, "yank", "take a release or file out of installers' choice", YANK_HELP, true)
    .description("Yanks a release, or one file, of a project that nobody claimed.")
    .action((project: string, options: Options) =>
      run(project, "yank", options, (choice) => yankPayload(choice, options.reason)),
    );
  add(program, "unyank", "give it back", YANK_HELP, false)
    .description("Takes a yank back.")
    .action((project: string, options: Options) => run(project, "unyank", options, unyankPayload));
  add(program, "delete", "delete a file, a release or a project for ever", DELETE_HELP, true)
    .option("--all", "the whole project")
    .description("Deletes files of a project that nobody claimed; their names are never free again.")
    .action((project: string, options: Options) =>
      run(project, "delete", options, (choice) => deletePayload(choice, options.reason)),
    );
}

function add(program: Command, name: string, summary: string, help: string, withReason: boolean): Command {
  const command = program
    .command(name)
    .argument("<project>", "the project's name", parseProject)
    .summary(summary)
    .addOption(dataOption())
    .addOption(new Option("--version <version>", "a release: all its files").argParser(parseVersionOption))
    .addOption(new Option("--file <name>", "one file, by its name").conflicts("version"))
    .addHelpText("after", help);
  return withReason
    ? command.addOption(new Option("--reason <text>", "why; people see it").argParser(parseReason).default(""))
    : command;
}

const SAID = { yank: "yanked", unyank: "unyanked", delete: "deleted" } as const;

async function run(
  project: string,
  kind: Extract<TransactionKind, keyof typeof SAID>,
  options: Options,
  payloadOf: (choice: FileChoice) => Uint8Array,
): Promise<void> {
  const choice = choiceOf(kind, options);
  const { change } = await import("./run-change.ts");
  const what = choice.filename ?? [project, ...(choice.version === undefined ? [] : [choice.version])].join(" ");
  await change(options.data, `${SAID[kind]} ${what}`, () => ({ kind, project, payload: payloadOf(choice) }));
}

function choiceOf(kind: string, { version, file, all }: Chosen): FileChoice {
  if (file !== undefined && all === undefined) return { filename: file };
  if (version !== undefined && all === undefined) return { version };
  if (all === true && file === undefined && version === undefined) return {};
  throw new ServerError("USAGE", `${kind} does not know which files are meant`, {
    hint: `give --version or --file${kind === "delete" ? ", or --all for the whole project" : ""}`,
  });
}
