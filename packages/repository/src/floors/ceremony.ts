import type { Targets } from "@countermark/tuf";
import { isOfflineRole } from "../ceremony/renew.ts";
import { RepositoryError } from "../errors.ts";
import { LAYOUT_FIELDS, type Layout } from "../layout/layout.ts";

/**
 * Refuses a role signed offline that is of another ceremony than `targets`. A ceremony signs every offline role anew, so
 * whoever holds the online keys cannot show one old shard beside a new `targets`: they would have to go back with all of
 * them, which a floor on the ceremony's number sees.
 * @throws RepositoryError `ROLE_CEREMONY`
 */
export function requireCeremony(name: string, role: Targets, { ceremony }: Layout): void {
  if (!isOfflineRole(name)) return;
  const found = role.unknown.get(LAYOUT_FIELDS.ceremony);
  if (found === ceremony) return;
  const what = `role ${name} is of ceremony ${typeof found === "number" ? found : "none"}, targets of ceremony ${ceremony}`;
  throw new RepositoryError("ROLE_CEREMONY", what, name);
}
