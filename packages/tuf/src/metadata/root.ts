import type { JsonReader } from "../json/reader.ts";
import type { PublicKey } from "../keys/key.ts";
import { readKeys } from "./keys.ts";
import { CommonFields, missing, required, RoleKeysFields } from "./fields.ts";
import type { RoleKeys, Root, TopLevelRole } from "./model.ts";

export const TOP_LEVEL_ROLES: readonly TopLevelRole[] = ["root", "snapshot", "targets", "timestamp"];
const topLevelNames: ReadonlySet<string> = new Set(TOP_LEVEL_ROLES);

export function isTopLevelRole(name: string): name is TopLevelRole {
  return topLevelNames.has(name);
}

/** Reads the `signed` object of a root (TUF 4.3). */
export function readRootSigned(json: JsonReader): Root {
  const common = new CommonFields("root");
  let consistentSnapshot: boolean | undefined;
  let keys: ReadonlyMap<string, PublicKey> | undefined;
  let roles: ReadonlyMap<TopLevelRole, RoleKeys> | undefined;
  json.object((name) => {
    if (name === "consistent_snapshot") consistentSnapshot = json.boolean();
    else if (name === "keys") keys = readKeys(json);
    else if (name === "roles") roles = readRoles(json);
    else common.read(name, json);
  });
  return {
    type: "root",
    ...common.done(),
    consistentSnapshot: required(consistentSnapshot, "consistent_snapshot"),
    keys: required(keys, "keys"),
    roles: required(roles, "roles"),
  };
}

/** Exactly the four top-level roles. */
function readRoles(json: JsonReader): ReadonlyMap<TopLevelRole, RoleKeys> {
  const roles = new Map<TopLevelRole, RoleKeys>();
  json.object((role) => {
    if (!isTopLevelRole(role)) throw json.refuse("is not a top-level role");
    const fields = new RoleKeysFields();
    json.object((name) => {
      fields.read(name, json);
    });
    roles.set(role, fields.done());
  });
  for (const role of TOP_LEVEL_ROLES) if (!roles.has(role)) throw missing(`the role ${role}`);
  return roles;
}
