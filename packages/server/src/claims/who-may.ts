import { projectRole, readProjectRole, publishersStanding, type Present } from "@countermark/repository";
import type { AccountStore } from "../accounts/account-store.ts";
import { ServerError } from "../errors.ts";

/**
 * Whether an account may open and commit transactions of a project: of a claimed one whoever holds a key that it names,
 * of an unclaimed one whoever owns it by the index's own books, of nobody's everybody. This keeps strangers out early;
 * what is published is decided by signatures.
 * @throws ServerError `NOT_ALLOWED`
 */
export async function requireMayCommit(accounts: AccountStore, account: string, present: Present): Promise<void> {
  const { project, p } = present;
  if (p !== undefined) {
    const keys = (await accounts.keysOf(account)).filter(({ retiredAt }) => retiredAt === undefined);
    const held = new Set(keys.map(({ releaseId }) => releaseId));
    const { owners, releasers } = readProjectRole(project, p.role.signed, { keys: [], threshold: 1 });
    if ([...owners.keys, ...(releasers?.keys ?? [])].some(({ identity }) => held.has(identity))) return;
    throw new ServerError("NOT_ALLOWED", `${account} holds no key that ${projectRole(project)} names`, {
      hint: `ask an owner of ${project} to run 'countermark project invite ${project}'`,
    });
  }
  const members = await accounts.members(project);
  const mine = members.find((member) => member.account === account);
  if (mine?.role === "owner") return;
  const isFree = members.length === 0 && publishersStanding(present) === "none";
  if (isFree) return;
  throw new ServerError("NOT_ALLOWED", `${account} does not own ${project} by the books of this index`, {
    hint: "ask its owner, or the operator of the index, to make this account an owner of the project first",
  });
}
