import { readTargets, verifySignatures, type Delegations, type Envelope, type Targets } from "@countermark/tuf";
import { RepositoryError } from "../errors.ts";
import { projectRole, releaseRole } from "../layout/role-names.ts";
import { checkShape } from "../layout/shape.ts";
import type { Sharding } from "../layout/sharding.ts";
import { requirePersons } from "../project/persons.ts";
import type { RoleFile } from "../publisher/role-file.ts";
import type { Present, PresentRole } from "./changes.ts";

/** The files of a claimed project's own roles, as the store has them. */
export interface ClaimFiles {
  readonly p: RoleFile | undefined;
  readonly r: RoleFile | undefined;
}

/**
 * Verifies a claimed project's roles as they stand: `p.` by the keys that its claim names, `r.` by those that `p.`
 * names. Ends of validity do not matter: a role that has ended is what its owners build upon.
 * @throws RepositoryError, TufError when one is not what its delegator asks for
 */
export function presentClaim(
  {
    project,
    claimed,
    recentlyClaimed,
    sharding,
  }: Pick<Present, "project" | "claimed" | "recentlyClaimed" | "sharding">,
  files: ClaimFiles,
): Pick<Present, "p" | "r"> {
  const [pName, rName] = [projectRole(project), releaseRole(project)];
  const claim = [claimed, recentlyClaimed].find(({ delegations }) => delegations?.roles.has(pName) === true);
  if (claim === undefined) return { p: undefined, r: undefined };
  const p = verified(files.p, pName, claim.delegations, sharding);
  const delegation = p.role.signed.delegations?.roles.get(rName);
  if (delegation === undefined) return { p, r: undefined };
  const r = verified(files.r, rName, p.role.signed.delegations, sharding);
  requirePersons(r.role, delegation, p.role.signed, rName);
  return { p, r };
}

function verified(
  file: RoleFile | undefined,
  name: string,
  delegations: Delegations | undefined,
  sharding: Sharding,
): PresentRole {
  const keys = delegations?.roles.get(name);
  if (file === undefined || keys === undefined) {
    throw new RepositoryError("PUBLICATION", `role ${name} is delegated to and not there`, name);
  }
  const role: Envelope<Targets> = readTargets(file.bytes);
  verifySignatures(role, delegations?.keys ?? new Map(), keys, name);
  checkShape(name, role.signed, sharding);
  return { file, role };
}
