import { Option, type Command } from "commander";
import type { SigningOptions } from "../../../account/key-source.ts";
import type { CiKeyOptions } from "../../publish/ci-key.ts";
import type { CodeOptions, KeysOptions, Part } from "../../publish/project.ts";
import type { Finish } from "../finish.ts";
import { addSigningOptions, readNumber } from "./signing-options.ts";

const CI_KEY_HELP = `
Examples:
  countermark project ci-key demo --days 60 --out ci.key
  countermark publish dist/* --ci-key ci.key

It releases this project alone and is nobody's owner. When it has ended, what it alone has signed installs no more, until a
person or a newer key signs the next list.
`;

const INVITE_HELP = `
Examples (adding a new identity: a person, or another machine of yours):
  countermark project invite flask                 prints a code; hand it over by a way of your own
  countermark project join                         the newcomer, with the code
  countermark project accept flask                 you again, with the code: signs them in as a releaser
  countermark project accept flask --as owner      the same, as an owner, too

The code authenticates the newcomer's keys: the index carries them and cannot swap them. No administrator is needed.
`;

const KEYS_HELP = `
Examples:
  countermark project releasers flask
  countermark project releasers flask --remove bob      signs the list anew in the same transaction, and shows what was bob's alone
  countermark project releasers flask --threshold 2     two people must sign each release
`;

/** `project …`: who may release, and who decides that. */
export function addProjectCommands(program: Command, finish: Finish): void {
  const project = program.command("project").description("let people and machines into a project, and take them out");
  const load = async () => await import("../../publish/project.ts");
  addSigningOptions(project.command("invite").argument("<project>").description("print a code for a newcomer"))
    .addHelpText("after", INVITE_HELP)
    .action(async (name: string, options: SigningOptions) => finish(await (await load()).invite(name, options)));
  withCode(project.command("join").description("answer an invitation with your keys"))
    .addHelpText("after", INVITE_HELP)
    .action(async (options: CodeOptions) => finish(await (await load()).join(options)));
  withCode(project.command("accept").argument("<project>").description("let in whoever answered with the code"))
    .addOption(new Option("--as <part>", "what they become").choices(["releaser", "owner"]))
    .addHelpText("after", INVITE_HELP)
    .action(async (name: string, options: CodeOptions & { as?: Part }) =>
      finish(await (await load()).accept(name, options)),
    );
  for (const part of ["owner", "releaser"] as const) {
    addSigningOptions(
      project.command(`${part}s`).argument("<project>").description(`list the ${part}s, or change them`),
    )
      .option("--remove <who...>", "persons, or beginnings of keys")
      .option("--threshold <number>", "how many of them must sign", readNumber)
      .option("--json", "print them as JSON")
      .addHelpText("after", KEYS_HELP)
      .action(async (name: string, options: KeysOptions) => finish(await (await load()).keys(part, name, options)));
  }
  addSigningOptions(project.command("ci-key").argument("<project>").description("make a key for the project's CI"))
    .option("--days <number>", "how long it lives, at most 90", readNumber)
    .option("--out <file>", "where its file goes; standard output if left out")
    .option("--invitation <code>", "what the operator handed out, where they let in by invitation only")
    .addHelpText("after", CI_KEY_HELP)
    .action(async (name: string, options: CiKeyOptions) => {
      const { ciKey } = await import("../../publish/ci-key.ts");
      finish(await ciKey(name, options));
    });
}

function withCode(command: Command): Command {
  return addSigningOptions(command).option(
    "--code-fd <number>",
    "read the code from this open file descriptor",
    readNumber,
  );
}
