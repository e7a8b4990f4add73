import { Option, type Command } from "commander";
import type { MemberRole } from "../accounts/account-store.ts";
import { dataOption } from "./options.ts";
import { day } from "./words.ts";

interface Options {
  readonly data: string;
  readonly json?: true;
}

const ADD_HELP = `
Members may upload to a project that no developer signs for. Whoever uploads the first file of a new project owns it; an
imported project has no member before you add one.

Example:
  countermark-server project member add --data /srv/index flask ann --role owner`;

const REMOVE_HELP = `
Example:
  countermark-server project member remove --data /srv/index flask ann`;

const LIST_HELP = `
Example:
  countermark-server project member list --data /srv/index flask`;

/** `project member`: who may upload. */
export function addMemberCommand(project: Command): void {
  const member = project
    .command("member")
    .summary("who may upload")
    .description("Who may upload to a project that no developer signs for.")
    .helpCommand(false);
  member
    .command("add <project> <account>")
    .summary("let an account upload, or change its role")
    .description("Lets an account upload, or changes its role.")
    .addOption(dataOption())
    .addOption(
      new Option("--role <role>", "what it may do; owners may also change members")
        .choices(["owner", "maintainer"])
        .default("maintainer"),
    )
    .addHelpText("after", ADD_HELP)
    .action(async (name: string, account: string, { data, role }: Options & { readonly role: MemberRole }) => {
      const { administer } = await import("./administration.ts");
      await administer(data, (administration) => administration.setMember(name, account, role));
      process.stderr.write(`${account} is ${role} of ${name}\n`);
    });
  member
    .command("remove <project> <account>")
    .summary("let an account upload no longer")
    .description("Lets an account upload no longer.")
    .addOption(dataOption())
    .addHelpText("after", REMOVE_HELP)
    .action(async (name: string, account: string, { data }: Options) => {
      const { administer } = await import("./administration.ts");
      await administer(data, (administration) => administration.removeMember(name, account));
      process.stderr.write(`${account} is no member of ${name} any more\n`);
    });
  member
    .command("list <project>")
    .summary("show who may upload")
    .description("Shows who may upload.")
    .addOption(dataOption())
    .option("--json", "print the result as JSON")
    .addHelpText("after", LIST_HELP)
    .action(listMembers);
}

async function listMembers(name: string, { data, json }: Options): Promise<void> {
  const { administer, printJson, table } = await import("./administration.ts");
  const { parseName } = await import("@countermark/packaging");
  const members = await administer(data, (_, { accounts }) => accounts.members(parseName(name)));
  if (json === true) {
    printJson(members.map(({ account, role, since }) => ({ account, role, since: new Date(since).toISOString() })));
    return;
  }
  process.stdout.write(table(members.map(({ account, role, since }) => [account, role, `since ${day(since)}`])));
}
