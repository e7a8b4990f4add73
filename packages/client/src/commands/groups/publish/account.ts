import { Option, type Command } from "commander";
import type { SigningOptions } from "../../../account/key-source.ts";
import type { TokenOptions } from "../../publish/token.ts";
import type { Finish } from "../finish.ts";
import { addSigningOptions, readNumber } from "./signing-options.ts";

type Reading = SigningOptions & { readonly json?: boolean };

const ADMIT_HELP = `
Examples:
  countermark identity offer --account alice --key ~/.ssh/id_ed25519     on the new machine: prints cm-offer:…
  countermark identity admit cm-offer:…                                  on one that is in

An offer is good for five minutes. Projects name keys, not accounts: a new machine releases nothing before an owner lets
its key in (countermark project invite).
`;

const KEYS_HELP = `
Examples:
  countermark identity show
  countermark identity list --json
  countermark identity revoke 3a7e5ae13364                               by the first digits that 'list' shows
`;

const TOKEN_HELP = `
A token uploads in your name, and signs nothing: of a project that developers sign for, what it uploads waits until one of
them approves it. With the scope 'read' alone it reads a private index, and uploads nothing. It is shown once, and worth
nothing after a year, or the days that you give it.

Examples:
  countermark token create --project demo --label "nightly builds" --scope upload --days 30
  countermark token list
  countermark token revoke 3a7e5ae13364
`;

/** `identity …` and `token …`: the keys and tokens of an account. */
export function addAccountCommands(program: Command, finish: Finish): void {
  addIdentity(
    program.command("identity").description("look at the keys of your account, and change which they are"),
    finish,
  );
  addToken(program.command("token").description("make, list and revoke tokens for upload tools"), finish);
}

function addIdentity(identity: Command, finish: Finish): void {
  const load = async () => await import("../../publish/identity.ts");
  addSigningOptions(identity.command("show").description("who you are to the index, as this machine remembers"))
    .option("--json", "print it as JSON")
    .addHelpText("after", KEYS_HELP)
    .action(async (options: Reading) => finish(await (await load()).showIdentity(options)));
  addSigningOptions(identity.command("list").description("the keys of the account, as the index knows them"))
    .option("--json", "print it as JSON")
    .addHelpText("after", KEYS_HELP)
    .action(async (options: Reading) => finish(await (await load()).listIdentities(options)));
  addSigningOptions(identity.command("offer").description("print the keys of this machine, to be let in by another"))
    .addHelpText("after", ADMIT_HELP)
    .action(async (options: SigningOptions) => finish(await (await load()).offerIdentity(options)));
  addSigningOptions(identity.command("admit").argument("<offer>").description("let the keys of another machine in"))
    .addHelpText("after", ADMIT_HELP)
    .action(async (offer: string, options: SigningOptions & { yes?: boolean }) =>
      finish(await (await load()).admitIdentity(offer, options)),
    );
  addSigningOptions(identity.command("revoke").argument("<key>").description("take a key out of the account"))
    .addHelpText("after", KEYS_HELP)
    .action(async (key: string, options: SigningOptions) => finish(await (await load()).revokeIdentity(key, options)));
  identity
    .command("phrase")
    .description("print seven new words, for scripts that make accounts")
    .action(async () => finish((await load()).phrase()));
}

function addToken(token: Command, finish: Finish): void {
  const load = async () => await import("../../publish/token.ts");
  addSigningOptions(token.command("create").description("make a token and print it, this once"))
    .option("--label <text>", "what it is for")
    .option("--project <name>", "the one project that it is good for")
    .addOption(new Option("--scope <scope>", "what alone it is good for (default: both)").choices(["upload", "read"]))
    .option("--days <number>", "how long it is good, at most 366, which is the default", readNumber)
    .addHelpText("after", TOKEN_HELP)
    .action(async (options: TokenOptions) => finish(await (await load()).createToken(options)));
  addSigningOptions(token.command("list").description("the tokens of the account"))
    .option("--json", "print them as JSON")
    .addHelpText("after", TOKEN_HELP)
    .action(async (options: Reading) => finish(await (await load()).listTokens(options)));
  addSigningOptions(token.command("revoke").argument("<id>").description("make a token worth nothing"))
    .addHelpText("after", TOKEN_HELP)
    .action(async (id: string, options: SigningOptions) => finish(await (await load()).revokeToken(id, options)));
}
