import { TufError } from "../errors.ts";
import type { JsonObject, JsonValue } from "./value.ts";

/** Members of an object literal. */
export interface PlainMembers {
  readonly [name: string]: PlainJson | undefined;
}

/** JSON as written in source: object literals, in which `undefined` members are left out. Maps inside stay as they are. */
export type PlainJson = null | boolean | number | string | JsonObject | readonly PlainJson[] | PlainMembers;

/** Turns an object literal into the map that this package works on. Throws `TUF_JSON` for a number that is no safe integer. */
export function jsonObject(plain: PlainMembers): JsonObject {
  const members = new Map<string, JsonValue>();
  for (const [name, value] of Object.entries(plain)) {
    if (value !== undefined) members.set(name, jsonValue(value));
  }
  return members;
}

function jsonValue(plain: PlainJson): JsonValue {
  if (typeof plain === "number" && !Number.isSafeInteger(plain)) {
    throw new TufError("TUF_JSON", `${plain} is not a safe integer`);
  }
  if (plain === null || typeof plain !== "object") return plain;
  if (plain instanceof Map) return plain as JsonObject;
  if (isArray(plain)) return plain.map(jsonValue);
  return jsonObject(plain as PlainMembers);
}

function isArray(plain: PlainJson): plain is readonly PlainJson[] {
  return Array.isArray(plain);
}
