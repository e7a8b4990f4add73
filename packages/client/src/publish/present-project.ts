import {
  filesIn,
  projectRole,
  readWish,
  readProjectRole,
  releaseRole,
  type FileList,
  type KeySet,
  type ProjectDraft,
  type ProjectWish,
  type Protection,
} from "@countermark/repository";
import type { Envelope, Targets } from "@countermark/tuf";
import type { VerifiedIndex } from "../verify/verified-index.ts";
import { refusing } from "../verify/refusal.ts";

/** How a project stands, as this machine's own verifier sees it: what every change is made upon. */
export interface PresentProject {
  readonly project: string;
  /** `none`: it is verified that nobody lists it. */
  readonly standing: Protection | "none";
  /** All that is listed, what the operator withdrew among it: an entry goes only when its releasers take it out. */
  readonly files: FileList;
  /** Of projects with roles of their own. */
  readonly signed?: SignedProject;
}

/** The verified roles of a project that somebody signs for. */
export interface SignedProject {
  readonly draft: ProjectDraft;
  /** Who signs `p.`, as the index's delegation says; the draft's owners may be newer. */
  readonly delegated: KeySet;
  readonly p: Envelope<Targets>;
  /** `undefined` where nobody may release yet. */
  readonly r: Envelope<Targets> | undefined;
  /** What its releasers call it. */
  readonly wish?: ProjectWish;
}

/** Reads it out of the pinned snapshot. @throws ClientError whatever verification refuses */
export async function presentProject(index: VerifiedIndex, project: string): Promise<PresentProject> {
  const { protection, exists, chain } = await index.listing(project);
  const [pName, rName] = [projectRole(project), releaseRole(project)];
  const p = index.roles.envelope(pName);
  const listing = index.roles.envelope(chain.at(-1) ?? "");
  const standing = exists ? protection : "none";
  if (protection === "unclaimed" || protection === "sealed" || p === undefined) {
    return { project, standing, files: refusing(() => filesIn(listing?.signed, project)) };
  }
  const r = chain.at(-1) === rName ? listing : undefined;
  const delegated = keysOf(index.roles.envelope(chain[chain.indexOf(pName) - 1] ?? "")?.signed, pName);
  return refusing(() => {
    const wish = r && readWish(r.signed, rName);
    const draft = readProjectRole(project, p.signed, delegated);
    const signed = { draft, delegated, p, r, ...(wish !== undefined && { wish }) };
    return { project, standing, files: filesIn(r?.signed, project), signed };
  });
}

function keysOf(delegator: Targets | undefined, role: string): KeySet {
  const delegation = delegator?.delegations?.roles.get(role);
  if (delegation === undefined) throw new TypeError(`${role} was not delegated to`);
  const keys = delegation.keyIds.flatMap((keyId) => delegator?.delegations?.keys.get(keyId) ?? []);
  return { keys, threshold: delegation.threshold };
}
