import type { JsonObject, JsonValue, Targets } from "@countermark/tuf";
import { RepositoryError } from "../errors.ts";
import { projectRole } from "../layout/role-names.ts";

/** The versions of a project's own roles that a ceremony's holder verified. */
export interface ClaimFloor {
  readonly p: number;
  readonly r: number;
}

const FIELD = "x-countermark-floor";

/** The member of `claimed.<hex>` that records floors; nothing where there are none. */
export function claimFloorFields(floors: ReadonlyMap<string, ClaimFloor>): JsonObject {
  if (floors.size === 0) return new Map();
  const sorted = [...floors].sort(([a], [b]) => (a < b ? -1 : 1));
  const value = new Map(
    sorted.map(([project, { p, r }]): [string, JsonValue] => [
      project,
      new Map([
        ["p", p],
        ["r", r],
      ]),
    ]),
  );
  return new Map([[FIELD, value]]);
}

/**
 * Reads the floors of a verified `claimed.<hex>`. Each is of a project that the role claims.
 * @throws RepositoryError `ROLE_SHAPE`
 */
export function readClaimFloors(role: Targets, name: string): ReadonlyMap<string, ClaimFloor> {
  const floors = new Map<string, ClaimFloor>();
  const value = role.unknown.get(FIELD);
  if (value === undefined) return floors;
  const fail = (): RepositoryError => new RepositoryError("ROLE_SHAPE", `role ${name} has an invalid ${FIELD}`, name);
  if (!isObject(value)) throw fail();
  for (const [project, entry] of value) {
    const [p, r] = isObject(entry) ? [entry.get("p"), entry.get("r")] : [];
    if (!isVersion(p) || !isVersion(r) || role.delegations?.roles.has(projectRole(project)) !== true) throw fail();
    floors.set(project, { p, r });
  }
  return floors;
}

/**
 * Refuses a project's own role, `p.` or `r.`, that is older than the ceremony saw it: an index that shows a `p.` from
 * before the removal of a releaser, or an `r.` from before a withdrawal, fools a stock client that is new.
 * @throws RepositoryError `ROLE_FLOOR`
 */
export function requireClaimFloor(floor: ClaimFloor | undefined, role: string, { version }: Targets): void {
  const least = (role.startsWith("p.") ? floor?.p : floor?.r) ?? 0;
  if (version >= least) return;
  const what = `role ${role} has version ${version}, below the ${least} that the last ceremony saw`;
  throw new RepositoryError("ROLE_FLOOR", what, role);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return value instanceof Map;
}

function isVersion(value: JsonValue | undefined): value is number {
  return typeof value === "number" && value >= 1;
}
