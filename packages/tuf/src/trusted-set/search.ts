import { delegationsFor } from "../delegations/look-up.ts";
import { TufError } from "../errors.ts";
import type { TargetFile } from "../metadata/model.ts";
import type { TrustedSet } from "./trusted-set.ts";
import { shown } from "../shown.ts";

/** Most roles that one look-up visits (TUF 5.6.7.1). */
export const MAX_ROLES_PER_SEARCH = 300;

/** A role that the search needs: fetch it and give it to the set, as delegated by `delegator`. */
export interface RoleRequest {
  readonly name: string;
  readonly delegator: string;
}

/** Where a target stands. */
export interface FoundTarget {
  readonly role: string;
  readonly file: TargetFile;
}

/**
 * Looks for a target through the delegations in pre-order, depth first (TUF 5.6.7). Yields each role that the set does not
 * hold yet; go on once `updateTargets` (delegator `root`) or `updateDelegated` has accepted it. A role that cannot be had
 * or is refused ends the search: never go on past it, or a broken delegation would hand its paths to the next.
 *
 * Returns `undefined` where no role that is trusted with the path lists it. Throws `TUF_ROLE` past `maxRoles`.
 */
export function* searchTarget(
  set: TrustedSet,
  path: string,
  maxRoles: number = MAX_ROLES_PER_SEARCH,
): Generator<RoleRequest, FoundTarget | undefined, void> {
  const waiting: RoleRequest[] = [{ name: "targets", delegator: "root" }];
  const visited = new Set<string>();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    // 5.6.7.1: a role that was visited before, on a cycle or by another way, has nothing to add.
    if (visited.has(next.name)) continue;
    if (visited.size >= maxRoles)
      throw new TufError("TUF_ROLE", `more than ${maxRoles} roles are asked about one target`);
    visited.add(next.name);
    if (set.role(next.delegator, next.name) === undefined) yield next;
    const { targets, delegations } = loaded(set, next);
    const file = targets.get(path);
    if (file !== undefined) return { role: next.name, file };
    if (delegations === undefined) continue;
    const delegator = next.name;
    const roles = delegationsFor(delegations, path);
    // 5.6.7.2: what stands behind a terminating delegation, here or further up, is not looked at.
    const last = roles.findIndex((role) => role.terminating);
    if (last !== -1) waiting.length = 0;
    const considered = last === -1 ? roles : roles.slice(0, last + 1);
    waiting.push(...considered.map(({ name }) => ({ name, delegator })).reverse());
  }
  return undefined;
}

function loaded(set: TrustedSet, { name, delegator }: RoleRequest) {
  const role = set.role(delegator, name);
  if (role === undefined) throw new TufError("TUF_ORDER", `the search went on without ${shown(name)}`, { role: name });
  return role.signed;
}
