import { TufError } from "../errors.ts";
import type { JsonReader } from "../json/reader.ts";
import { delegationsFor } from "../delegations/look-up.ts";
import type { Place } from "../json/lazy-members.ts";
import { listOf, PLAIN, POSITIVE, splitList, usual } from "../json/usual.ts";
import type { PublicKey } from "../keys/key.ts";
import {
  haveTwins,
  missing,
  NOTHING_UNKNOWN,
  readKeyIds,
  readPositive,
  readStrings,
  required,
  withMember,
} from "./fields.ts";
import { readKeys } from "./keys.ts";
import type { DelegatedRole, Delegations, SuccinctRoles } from "./model.ts";
import { isTopLevelRole } from "./root.ts";
import { shown } from "../shown.ts";

/** Longest path pattern, in UTF-16 units: matching takes time in proportion to it. */
export const MAX_PATTERN_LENGTH = 4096;
/** TAP 15: at most 2^32 bins. */
export const MAX_BIT_LENGTH = 32;
const HASH_PREFIX = /^[0-9a-f]{1,64}$/;
/** `PLAIN` without `[`, which no pattern may hold. */
const PLAIN_PATTERN = "[ !#-Z\\]-~]";
const USUAL = usual(
  `\\{"keyids":\\["(${listOf(PLAIN)})"\\],"name":"(${PLAIN}+)","paths":\\["(${listOf(PLAIN_PATTERN)})"\\],` +
    `"terminating":(true|false),"threshold":(${POSITIVE})\\}`,
);

/** Reads DELEGATIONS (TUF 4.5, TAP 15): either `roles` or `succinct_roles`. */
export function readDelegations(json: JsonReader): Delegations {
  let unknown = NOTHING_UNKNOWN;
  let keys: ReadonlyMap<string, PublicKey> | undefined;
  let roles: ReadonlyMap<string, DelegatedRole> | undefined;
  let succinct: SuccinctRoles | undefined;
  json.openObject();
  for (let name = json.nextName(); name !== undefined; name = json.nextName()) {
    if (name === "keys") keys = readKeys(json);
    else if (name === "roles") roles = readDelegatedRoles(json);
    else if (name === "succinct_roles") succinct = readSuccinctRoles(json);
    else unknown = withMember(unknown, name, json.value());
  }
  if (roles === undefined && succinct === undefined) throw missing("roles of delegations");
  if (roles !== undefined && succinct !== undefined) {
    throw new TufError("TUF_FORMAT", "delegations has both roles and succinct_roles");
  }
  const delegations = {
    keys: required(keys, "keys of delegations"),
    roles: roles ?? new Map<string, DelegatedRole>(),
    ...(succinct !== undefined && { succinct }),
    unknown,
  };
  // Whoever asks for delegations will look something up in them: the first question makes their index.
  delegationsFor(delegations, "");
  return delegations;
}

/** Where lists of roles stand that are in their usual form all through. */
const places = new WeakMap<ReadonlyMap<string, DelegatedRole>, Place>();

/**
 * Where roles stand in their file, if all are in their usual form: behind the opening bracket, up to the closing one. White
 * space may stand between them.
 */
export function placeOfRoles(roles: ReadonlyMap<string, DelegatedRole>): Place | undefined {
  return places.get(roles);
}

/** Reads the list of delegated roles (TUF 4.5). */
export function readDelegatedRoles(json: JsonReader): ReadonlyMap<string, DelegatedRole> {
  const roles = new Map<string, DelegatedRole>();
  let allUsual = true;
  json.openArray();
  const start = json.position();
  while (json.nextItem()) {
    const usualRole = readUsualRole(json);
    allUsual &&= usualRole !== undefined;
    const role = usualRole ?? readDelegatedRole(json);
    const before = roles.size;
    if (roles.set(role.name, role).size === before) throw json.refuse(`name the role ${shown(role.name)} twice`);
  }
  if (allUsual) places.set(roles, { start, end: json.position() - 1 });
  return roles;
}

/** `undefined`, and nothing is read, where the role is not as usual: then it is looked at member by member. */
function readUsualRole(json: JsonReader): DelegatedRole | undefined {
  const found = json.lookAhead(USUAL);
  if (found === undefined) return undefined;
  const [text, ids = "", name = "", patterns = "", terminating, threshold] = found;
  const keyIds = splitList(ids);
  if (isTopLevelRole(name) || haveTwins(keyIds) || patterns.length > MAX_PATTERN_LENGTH) return undefined;
  json.skip(text.length);
  return {
    name,
    keyIds,
    threshold: Number(threshold),
    terminating: terminating === "true",
    unknown: NOTHING_UNKNOWN,
    paths: splitList(patterns),
  };
}

/** Reads one delegated role (TUF 4.5), in whatever form. */
export function readDelegatedRole(json: JsonReader): DelegatedRole {
  let role: string | undefined;
  let keyIds: readonly string[] | undefined;
  let threshold: number | undefined;
  let terminating: boolean | undefined;
  let paths: readonly string[] | undefined;
  let pathHashPrefixes: readonly string[] | undefined;
  let unknown = NOTHING_UNKNOWN;
  json.openObject();
  for (let name = json.nextName(); name !== undefined; name = json.nextName()) {
    if (name === "name") role = readRoleName(json);
    else if (name === "keyids") keyIds = readKeyIds(json);
    else if (name === "threshold") threshold = readPositive(json);
    else if (name === "terminating") terminating = json.boolean();
    else if (name === "paths") paths = readPatterns(json);
    else if (name === "path_hash_prefixes") pathHashPrefixes = readHashPrefixes(json);
    else unknown = withMember(unknown, name, json.value());
  }
  const common = {
    name: required(role, "name of a delegated role"),
    keyIds: required(keyIds, "keyids"),
    threshold: required(threshold, "threshold"),
    terminating: required(terminating, "terminating"),
    unknown,
  };
  return withCoverage(common, paths, pathHashPrefixes);
}

/** Exactly one of `paths` and `path_hash_prefixes` says what a role is trusted with (TUF 4.5). */
function withCoverage(
  common: Omit<DelegatedRole, "paths" | "pathHashPrefixes">,
  paths: readonly string[] | undefined,
  pathHashPrefixes: readonly string[] | undefined,
): DelegatedRole {
  const { name, keyIds, threshold, terminating, unknown } = common;
  if (paths !== undefined && pathHashPrefixes === undefined)
    return { name, keyIds, threshold, terminating, unknown, paths };
  if (paths === undefined && pathHashPrefixes !== undefined) {
    return { name, keyIds, threshold, terminating, unknown, pathHashPrefixes };
  }
  const problem = paths === undefined ? "neither" : "both";
  throw new TufError("TUF_FORMAT", `the delegated role ${shown(name)} has ${problem} of paths and path_hash_prefixes`);
}

/** A name is opaque: `../x`, `CON` or `__proto__` are names like others, and whoever stores files must encode them. */
function readRoleName(json: JsonReader): string {
  const name = json.string();
  if (name === "") throw json.refuse("is empty");
  if (isTopLevelRole(name)) throw json.refuse(`is ${name}, a top-level role`);
  return name;
}

function readPatterns(json: JsonReader): readonly string[] {
  const patterns = readStrings(json);
  for (const pattern of patterns) {
    if (pattern.length > MAX_PATTERN_LENGTH) throw json.refuse(`holds a pattern longer than ${MAX_PATTERN_LENGTH}`);
    // Other clients read these as sets or escapes (fnmatch, Go's path.Match): one pattern would mean two things.
    if (pattern.includes("[") || pattern.includes("\\")) {
      throw new TufError(
        "TUF_UNSUPPORTED",
        `the pattern ${shown(pattern)} holds '[' or '\\', which clients read differently`,
      );
    }
  }
  return patterns;
}

function readHashPrefixes(json: JsonReader): readonly string[] {
  const prefixes = readStrings(json);
  for (const prefix of prefixes) if (!HASH_PREFIX.test(prefix)) throw json.refuse("holds what is not lower-case hex");
  return prefixes;
}

function readSuccinctRoles(json: JsonReader): SuccinctRoles {
  let keyIds: readonly string[] | undefined;
  let threshold: number | undefined;
  let bitLength: number | undefined;
  let namePrefix: string | undefined;
  let unknown = NOTHING_UNKNOWN;
  json.openObject();
  for (let name = json.nextName(); name !== undefined; name = json.nextName()) {
    if (name === "keyids") keyIds = readKeyIds(json);
    else if (name === "threshold") threshold = readPositive(json);
    else if (name === "bit_length") bitLength = readBitLength(json);
    else if (name === "name_prefix") namePrefix = readRoleName(json);
    else unknown = withMember(unknown, name, json.value());
  }
  return {
    keyIds: required(keyIds, "keyids"),
    threshold: required(threshold, "threshold"),
    bitLength: required(bitLength, "bit_length"),
    namePrefix: required(namePrefix, "name_prefix"),
    unknown,
  };
}

function readBitLength(json: JsonReader): number {
  const bits = readPositive(json);
  if (bits > MAX_BIT_LENGTH) throw json.refuse(`is ${bits}, above ${MAX_BIT_LENGTH}`);
  return bits;
}
