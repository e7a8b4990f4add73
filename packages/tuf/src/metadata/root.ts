import type { JsonReader } from "../json/reader.ts";
import type { PublicKey } from "../keys/key.ts";
import { readKeys } from "./keys.ts";
import { CommonFields, missing, NOTHING_UNKNOWN, readKeyIds, readPositive, required, withMember } from "./fields.ts";
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
  json.openObject();
  for (let name = json.nextName(); name !== undefined; name = json.nextName()) {
    if (name === "consistent_snapshot") consistentSnapshot = json.boolean();
    else if (name === "keys") keys = readKeys(json);
    else if (name === "roles") roles = readRoles(json);
    else common.read(name, json);
  }
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
  json.openObject();
  for (let role = json.nextName(); role !== undefined; role = json.nextName()) {
    if (!isTopLevelRole(role)) throw json.refuse("is not a top-level role");
    roles.set(role, readRoleKeys(json));
  }
  for (const role of TOP_LEVEL_ROLES) if (!roles.has(role)) throw missing(`the role ${role}`);
  return roles;
}

function readRoleKeys(json: JsonReader): RoleKeys {
  let keyIds: readonly string[] | undefined;
  let threshold: number | undefined;
  let unknown = NOTHING_UNKNOWN;
  json.openObject();
  for (let name = json.nextName(); name !== undefined; name = json.nextName()) {
    if (name === "keyids") keyIds = readKeyIds(json);
    else if (name === "threshold") threshold = readPositive(json);
    else unknown = withMember(unknown, name, json.value());
  }
  return { keyIds: required(keyIds, "keyids"), threshold: required(threshold, "threshold"), unknown };
}
