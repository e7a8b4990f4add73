import { Argument, Option, type Command } from "commander";
import { EVERY_PROJECT, statusPayload, type StatusChange, type WithdrawalSubject } from "@countermark/repository";
import type { OpenIndex } from "../data-folder.ts";
import { ServerError } from "../errors.ts";
import { dataOption, parseIdentity, parseProject, parseReason, parseVersionOption } from "./options.ts";

interface Options {
  readonly data: string;
  readonly version?: string;
  readonly file?: string;
  readonly key?: string;
  readonly reason: string;
}

const HELP = `
A withdrawal is the operator's: it takes away what anybody signed, of claimed projects too, and nobody who verifies
installs it any more. It takes effect with the next look at the index. It cannot bring anything in.

A key is withdrawn in every project at once, those that it claims later too, unless a project is named: then in that
project's shard. Lists that still meet their threshold without it stay installable; the others are refused until other
owners sign anew, or you take it back. 'countermark why --json PROJECT' shows the keys of a project.

Examples:
  countermark-server withdraw --data /srv/index evil-package --reason "malware"
  countermark-server withdraw --data /srv/index flask --version 3.0.1 --reason "CVE-2026-1234"
  countermark-server withdraw --data /srv/index --key 3f2a… --reason "machine was stolen"
  countermark-server restore-withdrawn --data /srv/index flask --version 3.0.1
  countermark-server restore-withdrawn --data /srv/index --key 3f2a…`;

const STATUS_HELP = `
'archived' and 'deprecated' are notes for people; an archived project takes no new files. A quarantined one takes none
either, and cannot be installed (PEP 792).

Example:
  countermark-server status --data /srv/index old-thing archived --reason "use new-thing"`;

/** `withdraw`, `restore-withdrawn` and `status`: what the operator says in the status role. */
export function addWithdrawCommands(program: Command): void {
  addOne(program, "withdraw", "forbid a project, a release, a file or a key").description(
    "Withdraws a project, one of its releases or files, or a developer's key wherever it is used.",
  );
  addOne(program, "restore-withdrawn", "take a withdrawal back").description("Takes a withdrawal back.");
  program
    .command("status")
    .argument("<project>", "the project's name", parseProject)
    .addArgument(new Argument("<status>", "how it stands").choices(["active", "archived", "deprecated", "quarantined"]))
    .summary("mark a project as archived, deprecated or quarantined")
    .description("Says how a project stands (PEP 792).")
    .addOption(dataOption())
    .addOption(reasonOption())
    .addHelpText("after", STATUS_HELP)
    .action(async (project: string, status: Extract<StatusChange, { action: "mark" }>["status"], options: Options) => {
      const said = `${project} is ${status}`;
      await run(project, options.data, said, () => ({ action: "mark", status, reason: options.reason }));
    });
}

function reasonOption(): Option {
  return new Option("--reason <text>", "why; people see it").argParser(parseReason).default("");
}

function addOne(program: Command, name: "withdraw" | "restore-withdrawn", summary: string): Command {
  return program
    .command(name)
    .argument("[project]", "the project's name; needless for a key", parseProject)
    .summary(summary)
    .addOption(dataOption())
    .addOption(new Option("--version <version>", "a release").argParser(parseVersionOption))
    .addOption(new Option("--file <name>", "a file, by its name or its SHA-256").conflicts("version"))
    .addOption(
      new Option("--key <identity>", "a public key, by its identity (SHA-256)")
        .conflicts(["version", "file"])
        .argParser(parseIdentity),
    )
    .addOption(reasonOption())
    .addHelpText("after", HELP)
    .action(async (project: string | undefined, options: Options) => {
      const [action, said] =
        name === "withdraw" ? ["withdraw" as const, "withdrawn"] : ["restore" as const, "restored"];
      if (project === undefined && options.key === undefined) throw ofNothing();
      const what = options.version ?? options.file ?? options.key;
      const where = project ?? "in every project";
      await run(
        project ?? EVERY_PROJECT,
        options.data,
        `${said} ${[where, ...(what === undefined ? [] : [what])].join(" ")}`,
        async (index) => ({
          action,
          ...(await subjectOf(index, project ?? EVERY_PROJECT, options)),
          reason: options.reason,
        }),
      );
    });
}

function ofNothing(): ServerError {
  return new ServerError("USAGE", "name a project, or a key with --key", {
    hint: "only a key is withdrawn everywhere",
  });
}

async function subjectOf(
  index: OpenIndex,
  project: string,
  { version, file, key }: Options,
): Promise<{ readonly subject: WithdrawalSubject; readonly id?: string }> {
  if (version !== undefined) return { subject: "release", id: version };
  if (key !== undefined) return { subject: "key", id: key };
  if (file === undefined) return { subject: "project" };
  const { digestOf } = await import("./run-change.ts");
  return { subject: "file", id: await digestOf(index, project, file) };
}

async function run(
  project: string,
  data: string,
  said: string,
  make: (index: OpenIndex) => StatusChange | Promise<StatusChange>,
): Promise<void> {
  const { change } = await import("./run-change.ts");
  await change(data, said, async (index) => ({ kind: "status", project, payload: statusPayload(await make(index)) }));
}
