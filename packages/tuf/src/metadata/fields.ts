import { TufError } from "../errors.ts";
import type { JsonReader } from "../json/reader.ts";
import type { JsonObject, JsonValue } from "../json/value.ts";
import type { Metadata, SignedCommon } from "./model.ts";
import { parseTime } from "./time.ts";
import { shown } from "../shown.ts";

/** The version of the specification that this package implements. */
export const SPEC_VERSION = "1.0.34";
const SPEC_VERSION_PATTERN = /^(\d{1,9})\.\d{1,9}(\.\d{1,9})?$/;
/** Shared by all objects that hold nothing unknown. */
export const NOTHING_UNKNOWN: JsonObject = new Map();

/** The members that every `signed` object has (TUF 4.3), filled while its members go by in whatever order. */
export class CommonFields {
  readonly #type: Metadata["type"];
  #unknown = NOTHING_UNKNOWN;
  #typed = false;
  #specVersion: string | undefined;
  #version: number | undefined;
  #expires: number | undefined;

  constructor(type: Metadata["type"]) {
    this.#type = type;
  }

  /** Reads a member that the role itself does not know. */
  read(name: string, json: JsonReader): void {
    if (name === "_type") this.#typed = checkType(json, this.#type);
    else if (name === "spec_version") this.#specVersion = readSpecVersion(json);
    else if (name === "version") this.#version = readPositive(json);
    else if (name === "expires") this.#expires = parseTime(json.string());
    else this.#unknown = withMember(this.#unknown, name, json.value());
  }

  done(): SignedCommon {
    if (!this.#typed) throw missing("_type");
    return {
      specVersion: required(this.#specVersion, "spec_version"),
      version: required(this.#version, "version"),
      expires: required(this.#expires, "expires"),
      unknown: this.#unknown,
    };
  }
}

/** `unknown` with a further member that the specification does not name; what it holds is kept as it came. */
export function withMember(unknown: JsonObject, name: string, value: JsonValue): JsonObject {
  if (unknown === NOTHING_UNKNOWN) return new Map([[name, value]]);
  return (unknown as Map<string, JsonValue>).set(name, value);
}

/** `value`, or `TUF_FORMAT` where the member did not occur. */
export function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw missing(name);
  return value;
}

export function missing(name: string): TufError {
  return new TufError("TUF_FORMAT", `${name} is missing`);
}

/** An integer of at least 1 (versions and thresholds). */
export function readPositive(json: JsonReader): number {
  const value = json.integer();
  if (value < 1) throw json.refuse(`is ${value}, less than 1`);
  return value;
}

/** An integer of at least 0 (lengths in bytes). */
export function readLength(json: JsonReader): number {
  const value = json.integer();
  if (value < 0) throw json.refuse(`is ${value}, less than 0`);
  return value;
}

export function readStrings(json: JsonReader): readonly string[] {
  json.openArray();
  if (!json.nextItem()) return [];
  // Most lists have one item, and an array that begins with it takes a tenth of one that begins empty.
  const items = [json.string()];
  while (json.nextItem()) items.push(json.string());
  return items;
}

/** A key id that stands twice could be meant to count twice (TUF 4.3). */
export function readKeyIds(json: JsonReader): readonly string[] {
  const keyIds = readStrings(json);
  if (haveTwins(keyIds)) throw json.refuse("names one key id twice");
  return keyIds;
}

export function haveTwins(keyIds: readonly string[]): boolean {
  return keyIds.length > 1 && new Set(keyIds).size < keyIds.length;
}

function checkType(json: JsonReader, type: string): true {
  const found = json.string();
  if (found !== type) throw json.refuse(`is ${shown(found)}, not ${type}`);
  return true;
}

/** Another major version may mean something else by the same members (TUF 4.3, TAP 14). */
function readSpecVersion(json: JsonReader): string {
  const found = json.string();
  const [, major] = SPEC_VERSION_PATTERN.exec(found) ?? [];
  if (major === undefined) throw json.refuse("is not a version like 1.0.34");
  if (major !== "1") throw new TufError("TUF_UNSUPPORTED", `spec_version is ${found}, and only 1.x is supported`);
  return found;
}
