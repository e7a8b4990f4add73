import { signingKeys, type Envelope, type Targets } from "@countermark/tuf";
import { releaseRole } from "../layout/role-names.ts";
import { filesIn } from "./release-change.ts";

/** A version of a project's `r.` with the `p.` under which it was signed, oldest first. */
export interface SignedRelease {
  readonly p: Targets;
  readonly r: Envelope<Targets>;
}

/**
 * Which of the present files came in by lists that only the given keys have signed: what to look at before their holder
 * is removed and the list is signed anew. `history` is what can still be had, oldest first; a file that stood in its
 * first list is told of only where that list's own signers are asked for.
 */
export function addedByAlone(
  project: string,
  history: readonly SignedRelease[],
  identities: ReadonlySet<string>,
): readonly string[] {
  const alone = new Set<string>();
  let known: ReadonlySet<string> = new Set();
  for (const { p, r } of history) {
    const keyIds = p.delegations?.roles.get(releaseRole(project))?.keyIds ?? [];
    const signers = signingKeys(r, p.delegations?.keys ?? new Map(), keyIds);
    const theirs = signers.length > 0 && signers.every(({ identity }) => identities.has(identity));
    const names = new Set(filesIn(r.signed, project).keys());
    for (const filename of names) {
      if (known.has(filename)) continue;
      if (theirs) alone.add(filename);
      else alone.delete(filename);
    }
    known = names;
  }
  return [...alone].filter((filename) => known.has(filename));
}
