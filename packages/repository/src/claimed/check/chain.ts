import type { Envelope, Targets } from "@countermark/tuf";
import { projectRole } from "../../layout/role-names.ts";
import { checkShape } from "../../layout/shape.ts";
import type { Sharding } from "../../layout/sharding.ts";
import type { KeySet } from "../owners-field.ts";
import { readProjectRole, type ProjectDraft } from "../project-draft.ts";
import { requireSuccession } from "./owners.ts";
import { refuse } from "./refuse.ts";

const NOBODY: KeySet = { keys: [], threshold: 1 };
/** Whoever runs the index may withdraw a key: that must not make fewer people "all owners". */
const NO_WITHDRAWALS = { withdrawn: new Map<string, string>(), delegated: undefined, held: undefined };

/**
 * Follows versions of `p.<project>` in order: each is one higher, signed by the owners before it and after it, a change of
 * owners by all of those before. The first is vouched for by the owners that it names itself; the caller knows them.
 * @param named who owns by the first version, where it does not say
 * @returns what each version says
 * @throws RepositoryError `ROLE_SHAPE`, `TX_VERSION`, `TX_SIGNATURES`, `TX_OWNERS`
 */
export function followChain(
  project: string,
  chain: readonly Envelope<Targets>[],
  sharding: Sharding,
  named: KeySet = NOBODY,
): readonly ProjectDraft[] {
  const name = projectRole(project);
  const drafts: ProjectDraft[] = [];
  let version: number | undefined;
  for (const p of chain) {
    checkShape(name, p.signed, sharding);
    if (version !== undefined && p.signed.version !== version + 1) {
      throw refuse("TX_VERSION", `${name} goes from version ${version} to ${p.signed.version}`, name);
    }
    version = p.signed.version;
    const before = drafts.at(-1);
    const draft = readProjectRole(project, p.signed, before?.owners ?? named);
    requireSuccession(p, before, draft, NO_WITHDRAWALS);
    drafts.push(draft);
  }
  return drafts;
}
