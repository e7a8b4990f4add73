import type { JsonReader } from "../json/reader.ts";
import type { JsonObject } from "../json/value.ts";
import { readDelegations } from "./delegations.ts";
import { CommonFields, readLength, required, UnknownFields } from "./fields.ts";
import { readHashes } from "./hashes.ts";
import type { Delegations, TargetFile, Targets } from "./model.ts";

/** Reads the `signed` object of targets and of every delegated role (TUF 4.5). */
export function readTargetsSigned(json: JsonReader): Targets {
  const common = new CommonFields("targets");
  let targets: ReadonlyMap<string, TargetFile> | undefined;
  let delegations: Delegations | undefined;
  json.object((name) => {
    if (name === "targets") targets = readTargetFiles(json);
    else if (name === "delegations") delegations = readDelegations(json);
    else common.read(name, json);
  });
  return {
    type: "targets",
    ...common.done(),
    targets: required(targets, "targets"),
    ...(delegations !== undefined && { delegations }),
  };
}

function readTargetFiles(json: JsonReader): ReadonlyMap<string, TargetFile> {
  const targets = new Map<string, TargetFile>();
  json.object((path) => {
    targets.set(path, readTargetFile(json));
  });
  return targets;
}

function readTargetFile(json: JsonReader): TargetFile {
  const unknown = new UnknownFields();
  let length: number | undefined;
  let hashes: ReadonlyMap<string, string> | undefined;
  let custom: JsonObject | undefined;
  json.object((name) => {
    if (name === "length") length = readLength(json);
    else if (name === "hashes") hashes = readHashes(json);
    else if (name === "custom") custom = readCustom(json);
    else unknown.read(name, json);
  });
  return {
    length: required(length, "length"),
    hashes: required(hashes, "hashes"),
    ...(custom !== undefined && { custom }),
    unknown: unknown.done(),
  };
}

function readCustom(json: JsonReader): JsonObject {
  const custom = json.value();
  if (!(custom instanceof Map)) throw json.refuse("is not an object");
  return custom as JsonObject;
}
