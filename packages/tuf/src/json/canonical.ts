import { TufError } from "../errors.ts";
import { ascends, compareCodePoints } from "./code-points.ts";
import type { JsonValue } from "./value.ts";

/**
 * OLPC canonical JSON as TUF signs it (TUF 4.2, securesystemslib): names in code-point order, no white space, only `"`
 * and `\` escaped, integers only. Control characters stand raw in it, so it is not always JSON: see `encodeJson`.
 *
 * Throws `TUF_JSON` for a value that `parseJson` could not have returned (a float, a lone surrogate).
 */
export function canonicalise(value: JsonValue): Uint8Array {
  return new TextEncoder().encode(canonicalText(value));
}

/** The same, as text. */
export function canonicalText(value: JsonValue): string {
  return textOf(value, escapeCanonical);
}

/** The canonical text of an object whose members are canonical texts already. Throws as `canonicalise` does. */
export function canonicalObject(members: ReadonlyMap<string, string>): string {
  return objectText(members, escapeCanonical, (text) => text);
}

/** The same text as `canonicalise`, but for control characters, which are escaped: always JSON. */
export function encodeJson(value: JsonValue): Uint8Array {
  return new TextEncoder().encode(textOf(value, escapeJson));
}

type Escape = (text: string) => string;

function textOf(value: JsonValue, escape: Escape): string {
  if (typeof value === "string") return quoted(value, escape);
  if (typeof value === "number") return integerText(value);
  if (value === null || typeof value === "boolean") return String(value);
  if (isArray(value)) return `[${value.map((item) => textOf(item, escape)).join(",")}]`;
  return objectText(value, escape, (member) => textOf(member, escape));
}

function objectText<T>(object: ReadonlyMap<string, T>, escape: Escape, memberText: (value: T) => string): string {
  const members: string[] = [];
  for (const name of sortedNames(object)) {
    members.push(`${quoted(name, escape)}:${memberText(object.get(name) as T)}`);
  }
  return `{${members.join(",")}}`;
}

/** What was read from canonical JSON stands in order already: most of it is written again as it was. */
function sortedNames(value: ReadonlyMap<string, unknown>): Iterable<string> {
  let last: string | undefined;
  for (const name of value.keys()) {
    if (last !== undefined && !ascends(last, name)) return [...value.keys()].sort(compareCodePoints);
    last = name;
  }
  return value.keys();
}

/** `Array.isArray` does not narrow a read-only array. */
function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function integerText(value: number): string {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
    throw new TufError("TUF_JSON", `${Object.is(value, -0) ? "-0" : String(value)} is not a safe integer`);
  }
  return String(value);
}

/** Names, hashes and times: printable ASCII without quote and backslash is the same in every form. */
const PLAIN = /^[ !#-[\]-~]*$/;

function quoted(text: string, escape: Escape): string {
  if (PLAIN.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new TufError("TUF_JSON", "a string holds half of a surrogate pair");
  return `"${escape(text)}"`;
}

function escapeCanonical(text: string): string {
  return text.replace(/["\\]/g, "\\$&");
}

function escapeJson(text: string): string {
  return escapeCanonical(text).replace(/[\u0000-\u001f]/g, (control) => {
    return `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
