import type { JsonReader } from "../json/reader.ts";
import { NATURAL, PLAIN, SHA256_ALONE, usual } from "../json/usual.ts";
import type { JsonObject } from "../json/value.ts";
import { readDelegations } from "./delegations.ts";
import { CommonFields, NOTHING_UNKNOWN, readLength, required, withMember } from "./fields.ts";
import { readHashes } from "./hashes.ts";
import type { Delegations, TargetFile, Targets } from "./model.ts";

/** Reads the `signed` object of targets and of every delegated role (TUF 4.5). */
export function readTargetsSigned(json: JsonReader): Targets {
  const common = new CommonFields("targets");
  let targets: ReadonlyMap<string, TargetFile> | undefined;
  let delegations: Delegations | undefined;
  json.openObject();
  for (let name = json.nextName(); name !== undefined; name = json.nextName()) {
    if (name === "targets") targets = readTargetFiles(json);
    else if (name === "delegations") delegations = readDelegations(json);
    else common.read(name, json);
  }
  return {
    type: "targets",
    ...common.done(),
    targets: required(targets, "targets"),
    ...(delegations !== undefined && { delegations }),
  };
}

const USUAL = usual(`"${PLAIN}+":\\{${SHA256_ALONE},"length":${NATURAL}\\}`);

function readTargetFiles(json: JsonReader): ReadonlyMap<string, TargetFile> {
  return json.members(USUAL, readTargetFile);
}

function readTargetFile(json: JsonReader): TargetFile {
  let bytes: number | undefined;
  let digests: ReadonlyMap<string, string> | undefined;
  let custom: JsonObject | undefined;
  let unknown = NOTHING_UNKNOWN;
  json.openObject();
  for (let name = json.nextName(); name !== undefined; name = json.nextName()) {
    if (name === "length") bytes = readLength(json);
    else if (name === "hashes") digests = readHashes(json);
    else if (name === "custom") custom = readCustom(json);
    else unknown = withMember(unknown, name, json.value());
  }
  const length = required(bytes, "length");
  const hashes = required(digests, "hashes");
  return custom === undefined ? { length, hashes, unknown } : { length, hashes, custom, unknown };
}

function readCustom(json: JsonReader): JsonObject {
  const custom = json.value();
  if (!(custom instanceof Map)) throw json.refuse("is not an object");
  return custom as JsonObject;
}
