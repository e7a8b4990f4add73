import { printable } from "../printable.ts";
import type { PinnedRepository, TrustStore } from "../verify/state/trust-store.ts";
import { chooseIndex, readUrl } from "./choose-index.ts";
import type { Configuration } from "./configuration.ts";
import { judgeProjectIndex, ROOT_VARIABLE, unconfirmed } from "./project-index.ts";
import { readFingerprint } from "./read-fingerprint.ts";

/**
 * The index that a command works with: the one named on the command line, else the one that the project asks for if the
 * user has confirmed it, else the user's own. Asks the person at the terminal when a project's index needs it.
 * @throws ClientError `TRUST_MISSING`, `TRUST_AMBIGUOUS`, `PROJECT_REROOT`, `PROJECT_UNCONFIRMED`, and what pinning refuses
 */
export async function settleIndex(
  store: TrustStore,
  { user, project }: Configuration,
  named: string | undefined,
): Promise<PinnedRepository> {
  const pinned = store.repositories();
  if (named !== undefined || project?.index === undefined) return chooseIndex(pinned, named, user.index);
  const root = process.env[ROOT_VARIABLE];
  const { repository, needs } = judgeProjectIndex({
    project: { path: project.path, index: project.index },
    pinned,
    usual: usualIndex(pinned, user.index),
    confirmed: ({ id }) => store.isConfirmed(project.path, id),
    jobsRoot: root === undefined || root === "" ? undefined : readFingerprint(root),
  });
  if (needs === "confirmation") await confirm(project.path, repository);
  if (!pinned.some(({ id }) => id === repository.id)) {
    const { pinIndex } = await import("../verify/pin-index.ts");
    await pinIndex(repository, { floor: project.index.floor });
  }
  if (needs === "confirmation") store.confirm(project.path, repository.id);
  return repository;
}

/** What would be used without the project; a lack or a choice that is open counts as none. */
function usualIndex(pinned: readonly PinnedRepository[], settled: string | undefined): PinnedRepository | undefined {
  if (settled !== undefined) return pinned.find(({ url }) => url === readUrl(settled));
  return pinned.length === 1 ? pinned[0] : undefined;
}

/** A person's word is asked for at the terminal itself: no redirected input can give it. */
async function confirm(path: string, { url, id }: PinnedRepository): Promise<void> {
  const { openTerminal } = await import("@countermark/identity/prompt");
  using terminal = openTerminal();
  if (terminal === undefined) throw unconfirmed(path, url, id);
  terminal.write(`${printable(path)} asks to be installed from
  ${url}
whose first root must have the fingerprint
  ${id}
This file came with the project. Compare the fingerprint with one that the index's operator told you elsewhere.
`);
  const answer = (await terminal.ask('Type "yes" to trust this index for this project: ', "echo")).toString();
  if (answer.trim().toLowerCase() !== "yes") throw unconfirmed(path, url, id);
}
