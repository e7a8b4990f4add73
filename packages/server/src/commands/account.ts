import type { Command } from "commander";
import { dataOption } from "./options.ts";
import { day } from "./words.ts";

interface Options {
  readonly data: string;
  readonly json?: true;
}

const ADD_HELP = `
An account without keys can use tokens, which 'token create' makes. One that signs releases enrols its keys itself, with
'countermark login'.

Example:
  countermark-server account add --data /srv/index ann`;

const LIST_HELP = `
Example:
  countermark-server account list --data /srv/index --json`;

const DISABLE_HELP = `
From this moment none of its tokens, sessions and keys counts, for requests to this index. What its keys have signed stays
signed: to withdraw that, use the status of the key.

Example:
  countermark-server account disable --data /srv/index ann`;

const ENABLE_HELP = `
Example:
  countermark-server account enable --data /srv/index ann`;

const INVITE_HELP = `
Prints a code, once, with which one person can make one account, where the index demands an invitation.

Example:
  countermark-server account invite --data /srv/index --note "Bob, packaging team"`;

/** `account`: who may do something. */
export function addAccountCommand(program: Command): void {
  const account = program
    .command("account")
    .summary("people and machines that may change something")
    .description("People, and machines of theirs, that may change something in the index.")
    .helpCommand(false);
  account
    .command("add <name>")
    .summary("make an account")
    .description("Makes an account.")
    .addOption(dataOption())
    .addHelpText("after", ADD_HELP)
    .action(async (name: string, { data }: Options) => {
      const { administer } = await import("./administration.ts");
      const added = await administer(data, (administration) => administration.addAccount(name));
      process.stderr.write(`Made the account ${added}\n`);
    });
  account
    .command("list")
    .summary("show all accounts")
    .description("Shows all accounts.")
    .addOption(dataOption())
    .option("--json", "print the result as JSON")
    .addHelpText("after", LIST_HELP)
    .action(listAccounts);
  addDisable(account, true, DISABLE_HELP);
  addDisable(account, false, ENABLE_HELP);
  account
    .command("invite")
    .summary("make a code for one new account")
    .description("Makes a code with which one account can be made.")
    .addOption(dataOption())
    .option("--note <text>", "for whom, as 'account list' shows it", "")
    .addHelpText("after", INVITE_HELP)
    .action(async ({ data, note }: Options & { readonly note: string }) => {
      const { administer } = await import("./administration.ts");
      const { secret, expiresAt } = await administer(data, (administration) => administration.invite(note));
      process.stdout.write(`${secret}\n`);
      process.stderr.write(`This code makes one account, until ${day(expiresAt)}. It is shown only now.\n`);
    });
}

function addDisable(account: Command, disabled: boolean, help: string): void {
  const verb = disabled ? "disable" : "enable";
  account
    .command(`${verb} <name>`)
    .summary(disabled ? "refuse an account from now on" : "take an account again")
    .description(disabled ? "Refuses an account from now on." : "Takes an account again.")
    .addOption(dataOption())
    .addHelpText("after", help)
    .action(async (name: string, { data }: Options) => {
      const { administer } = await import("./administration.ts");
      const changed = await administer(data, (administration) => administration.setDisabled(name, disabled));
      process.stderr.write(`${disabled ? "Disabled" : "Enabled"} the account ${changed}\n`);
    });
}

async function listAccounts({ data, json }: Options): Promise<void> {
  const { administer, printJson, table } = await import("./administration.ts");
  const rows = await administer(data, async (_, { accounts }) => {
    const found = await accounts.accounts();
    return Promise.all(
      found.map(async (one) => ({
        ...one,
        keys: (await accounts.keysOf(one.name)).filter(({ retiredAt }) => retiredAt === undefined).length,
        projects: (await accounts.memberships(one.name)).length,
      })),
    );
  });
  if (json === true) {
    printJson(
      rows.map(({ name, createdAt, disabledAt, keys, projects }) => ({
        name,
        created: new Date(createdAt).toISOString(),
        disabled: disabledAt === undefined ? null : new Date(disabledAt).toISOString(),
        keys,
        projects,
      })),
    );
    return;
  }
  const lines = rows.map(({ name, createdAt, disabledAt, keys, projects }) => [
    name,
    `since ${day(createdAt)}`,
    `${keys} keys`,
    `${projects} projects`,
    disabledAt === undefined ? "" : `disabled ${day(disabledAt)}`,
  ]);
  process.stdout.write(table(lines));
}
