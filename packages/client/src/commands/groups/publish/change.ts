import type { Command } from "commander";
import type { ApproveOptions } from "../../publish/approve.ts";
import type { ClaimOptions } from "../../publish/claim.ts";
import type { DeprecateOptions } from "../../publish/deprecate.ts";
import type { WithdrawOptions, Withdrawal } from "../../publish/withdraw.ts";
import type { Finish } from "../finish.ts";
import { addSigningOptions } from "./signing-options.ts";

const CLAIM_HELP = `
Examples:
  countermark claim flask                                    its files as they are, signed by you from now on
  countermark claim flask --with dist/                       compare them with your own builds first
  countermark claim flask --leave-out flask-0.1.tar.gz

The index must know the account as the project's owner. Until the next ceremony of the index's key holders the claim is a
recent one, for which the index alone vouches to those who see the project for the first time.
`;

const APPROVE_HELP = `
Examples:
  countermark approve flask                                  sign what CI has uploaded with a token
  countermark approve flask --sha256 6f2a…                   if it is what CI printed
  countermark approve flask --from dist/                     if it is what you built
  countermark approve flask --transaction ID                 add your signature to a change that waits for it
`;

const WITHDRAWALS: Readonly<Record<Withdrawal, string>> = {
  yank: "keep releases from being chosen by installers, unless asked for exactly (PEP 592)",
  unyank: "take a yank back",
  delete: "take releases out of the project for good; their names are never used again",
};

const DEPRECATE_HELP = `
Examples:
  countermark deprecate flask --reason "use quart"           people see it on its page and in countermark why
  countermark deprecate flask --archived                     no new releases are to be expected
  countermark deprecate flask --undo

It informs and takes nothing away: installs go on. Only the index's operator can stop those.
`;

const WITHDRAWAL_HELP = `
A version stands for all its files; a file is named as the index lists it. What is deleted is gone for good.

Examples:
  countermark yank demo 1.0 --reason "forgets its data"
  countermark unyank demo 1.0
  countermark delete demo demo-1.0.tar.gz
`;

/** `claim`, `approve`, `yank`, `unyank`, `delete`, `deprecate`: signed changes of a project's list. */
export function addChanges(program: Command, finish: Finish): void {
  const claim = program
    .command("claim")
    .description("take over a project whose files nobody signs for yet")
    .argument("<project>", "its name");
  addSigningOptions(claim)
    .option("--with <folder>", "builds of your own to compare the files with")
    .option("--leave-out <file...>", "files that you do not vouch for; they are gone from then on")
    .addHelpText("after", CLAIM_HELP)
    .action(async (project: string, options: ClaimOptions) => {
      const { claim: run } = await import("../../publish/claim.ts");
      finish(await run(project, options));
    });
  const approve = program
    .command("approve")
    .description("sign files that were uploaded with a token alone, or a change that waits for signatures")
    .argument("<project>", "its name")
    .argument("[files...]", "which of the staged files; all, if left out");
  addSigningOptions(approve)
    .option("--sha256 <digest...>", "digests that you know from elsewhere")
    .option("--from <folder>", "builds of your own")
    .option("--transaction <id>", "a change that waits for your signature")
    .addHelpText("after", APPROVE_HELP)
    .action(async (project: string, files: string[], options: ApproveOptions) => {
      const { approve: run } = await import("../../publish/approve.ts");
      finish(await run(project, files, options));
    });
  for (const kind of ["yank", "unyank", "delete"] as const) addWithdrawal(program, finish, kind);
  addDeprecate(program, finish);
}

function addDeprecate(program: Command, finish: Finish): void {
  const command = program
    .command("deprecate")
    .description("say of a whole project that it is deprecated, or archived (PEP 792)")
    .argument("<project>", "its name");
  addSigningOptions(command)
    .option("--archived", "archived instead of deprecated")
    .option("--reason <text>", "what people are told")
    .option("--undo", "take it back")
    .addHelpText("after", DEPRECATE_HELP)
    .action(async (project: string, options: DeprecateOptions) => {
      const { deprecate } = await import("../../publish/deprecate.ts");
      finish(await deprecate(project, options));
    });
}

function addWithdrawal(program: Command, finish: Finish, kind: Withdrawal): void {
  const command = program
    .command(kind)
    .description(WITHDRAWALS[kind])
    .argument("<project>", "its name")
    .argument("<what...>", "versions or file names");
  addSigningOptions(command);
  command.addHelpText("after", WITHDRAWAL_HELP);
  if (kind === "yank") command.option("--reason <text>", "what installers are told");
  command.action(async (project: string, what: string[], options: WithdrawOptions) => {
    const { withdraw } = await import("../../publish/withdraw.ts");
    finish(await withdraw(kind, project, what, options));
  });
}
