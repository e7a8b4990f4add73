import { TufError } from "../errors.ts";
import type { JsonReader } from "../json/reader.ts";
import type { JsonObject, JsonValue } from "../json/value.ts";
import type { Metadata, RoleKeys, SignedCommon } from "./model.ts";
import { parseTime } from "./time.ts";

/** The version of the specification that this package implements. */
export const SPEC_VERSION = "1.0.34";
const SPEC_VERSION_PATTERN = /^(\d{1,9})\.\d{1,9}(\.\d{1,9})?$/;
/** Shared by all objects that hold nothing unknown. */
export const NOTHING_UNKNOWN: JsonObject = new Map();

/** The members that every `signed` object has (TUF 4.3), filled while its members go by in whatever order. */
export class CommonFields {
  readonly #type: Metadata["type"];
  readonly #unknown = new UnknownFields();
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
    else this.#unknown.read(name, json);
  }

  done(): SignedCommon {
    if (!this.#typed) throw missing("_type");
    return {
      specVersion: required(this.#specVersion, "spec_version"),
      version: required(this.#version, "version"),
      expires: required(this.#expires, "expires"),
      unknown: this.#unknown.done(),
    };
  }
}

/** Members that the specification does not name, kept as they came. */
export class UnknownFields {
  #members: Map<string, JsonValue> | undefined;

  read(name: string, json: JsonReader): void {
    (this.#members ??= new Map()).set(name, json.value());
  }

  done(): JsonObject {
    return this.#members ?? NOTHING_UNKNOWN;
  }
}

/** The members of a role that say who signs for it (TUF 4.3, 4.5). */
export class RoleKeysFields {
  readonly #unknown = new UnknownFields();
  #keyIds: readonly string[] | undefined;
  #threshold: number | undefined;

  read(name: string, json: JsonReader): void {
    if (name === "keyids") this.#keyIds = readKeyIds(json);
    else if (name === "threshold") this.#threshold = readPositive(json);
    else this.#unknown.read(name, json);
  }

  done(): RoleKeys {
    return {
      keyIds: required(this.#keyIds, "keyids"),
      threshold: required(this.#threshold, "threshold"),
      unknown: this.#unknown.done(),
    };
  }
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
  const items: string[] = [];
  json.array(() => {
    items.push(json.string());
  });
  return items;
}

function readKeyIds(json: JsonReader): readonly string[] {
  const keyIds = readStrings(json);
  if (keyIds.length > 1 && new Set(keyIds).size < keyIds.length) throw json.refuse("names one key id twice");
  return keyIds;
}

function checkType(json: JsonReader, type: string): true {
  const found = json.string();
  if (found !== type) throw json.refuse(`is ${JSON.stringify(found.slice(0, 40))}, not "${type}"`);
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
