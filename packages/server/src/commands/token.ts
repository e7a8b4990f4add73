import { InvalidArgumentError, Option, type Command } from "commander";
import { MAX_TOKEN_DAYS } from "@countermark/repository";
import type { Token, TokenScope } from "../accounts/account-store.ts";
import { DEFAULT_TOKEN_DAYS } from "../accounts/issue.ts";
import { dataOption } from "./options.ts";
import { day } from "./words.ts";

interface CreateOptions {
  readonly data: string;
  readonly scope: readonly TokenScope[];
  readonly project?: readonly string[];
  readonly days: number;
  readonly label: string;
  readonly json?: true;
}

const CREATE_HELP = `
The token goes to stdout, once: the index keeps only a hash of it. Upload tools take it as password, with the user name
__token__; 'countermark trust' takes a read token for a private index. Name projects whenever you can.

Examples:
  countermark-server token create ann --data /srv/index --project flask --days 30 --label "ci of flask"
  countermark-server token create ann --data /srv/index --scope read > /run/secrets/index-token`;

const LIST_HELP = `
Example:
  countermark-server token list --data /srv/index ann`;

const REVOKE_HELP = `
Example:
  countermark-server token revoke --data /srv/index 5f0c2e91ab34`;

/** `token`: bearer secrets. */
export function addTokenCommand(program: Command): void {
  const token = program
    .command("token")
    .summary("secrets for uploading and reading")
    .description("Secrets with which tools upload, and read a private index.")
    .helpCommand(false);
  token
    .command("create <account>")
    .summary("make a token and print it")
    .description("Makes a token and prints it.")
    .addOption(dataOption())
    .addOption(
      new Option("--scope <scope...>", "what it may be used for").choices(["upload", "read"]).default(["upload"]),
    )
    .option("--project <name...>", "only for these projects (default: all that the account may upload to)")
    .option("--days <days>", `how long it lives, at most ${MAX_TOKEN_DAYS}`, parseDays, DEFAULT_TOKEN_DAYS)
    .option("--label <text>", "what lists call it", "")
    .option("--json", "print token, id and end as JSON")
    .addHelpText("after", CREATE_HELP)
    .action(createToken);
  token
    .command("list [account]")
    .summary("show tokens, without their secrets")
    .description("Shows all tokens, or those of one account, newest first. Secrets are not known any more.")
    .addOption(dataOption())
    .option("--json", "print the result as JSON")
    .addHelpText("after", LIST_HELP)
    .action(listTokens);
  token
    .command("revoke <id>")
    .summary("refuse a token from now on")
    .description("Refuses a token from now on.")
    .addOption(dataOption())
    .addHelpText("after", REVOKE_HELP)
    .action(async (id: string, { data }: { readonly data: string }) => {
      const { administer } = await import("./administration.ts");
      await administer(data, (administration) => administration.revokeToken(id));
      process.stderr.write(`Revoked the token ${id}\n`);
    });
}

function parseDays(text: string): number {
  const days = Number(text);
  if (!/^\d{1,4}$/.test(text) || days < 1 || days > MAX_TOKEN_DAYS) {
    throw new InvalidArgumentError(`1 to ${MAX_TOKEN_DAYS} days`);
  }
  return days;
}

async function createToken(account: string, options: CreateOptions): Promise<void> {
  const { administer, printJson } = await import("./administration.ts");
  const { data, scope, project, days, label, json } = options;
  const request = { account, label, scopes: [...new Set(scope)], projects: project, days };
  const { secret, id, expiresAt } = await administer(data, (administration) => administration.createToken(request));
  if (json === true) {
    printJson({ token: secret, id, expires: new Date(expiresAt).toISOString() });
    return;
  }
  process.stdout.write(`${secret}\n`);
  process.stderr.write(`Token ${id} of ${account}, until ${day(expiresAt)}. It is shown only now.\n`);
}

async function listTokens(account: string | undefined, options: { data: string; json?: true }): Promise<void> {
  const { administer, printJson, table } = await import("./administration.ts");
  const tokens = await administer(options.data, (_, { accounts }) => accounts.tokens(account));
  if (options.json === true) {
    printJson(tokens.map(tokenJson));
    return;
  }
  const now = Date.now();
  process.stdout.write(table(tokens.map((token) => tokenLine(token, now))));
}

function tokenLine(token: Token, now: number): readonly string[] {
  const { id, account, label, scopes, projects, expiresAt, lastUsedAt, revokedAt } = token;
  const end = expiresAt > now ? `until ${day(expiresAt)}` : `expired ${day(expiresAt)}`;
  return [
    ...[id, account, scopes.join(","), projects === undefined ? "all projects" : projects.join(",")],
    revokedAt === undefined ? end : `revoked ${day(revokedAt)}`,
    lastUsedAt === undefined ? "never used" : `used ${day(lastUsedAt)}`,
    label,
  ];
}

function tokenJson(token: Token): Readonly<Record<string, unknown>> {
  const time = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());
  const { id, account, label, scopes, projects } = token;
  return {
    ...{ id, account, label, scopes, projects: projects ?? null },
    ...{ created: time(token.createdAt), expires: time(token.expiresAt) },
    ...{ lastUsed: time(token.lastUsedAt), revoked: time(token.revokedAt) },
  };
}
