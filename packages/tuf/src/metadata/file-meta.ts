import type { JsonReader } from "../json/reader.ts";
import { readLength, readPositive, required, UnknownFields } from "./fields.ts";
import { readHashes } from "./hashes.ts";
import type { FileMeta } from "./model.ts";

const SUFFIX = ".json";

/** Reads METAFILES (TUF 4.4): by role name, without `.json`. */
export function readMeta(json: JsonReader): ReadonlyMap<string, FileMeta> {
  const meta = new Map<string, FileMeta>();
  json.object((path) => {
    if (!path.endsWith(SUFFIX) || path === SUFFIX) throw json.refuse("is not a role name with .json");
    meta.set(path.slice(0, -SUFFIX.length), readFileMeta(json));
  });
  return meta;
}

function readFileMeta(json: JsonReader): FileMeta {
  const unknown = new UnknownFields();
  let version: number | undefined;
  let length: number | undefined;
  let hashes: ReadonlyMap<string, string> | undefined;
  json.object((name) => {
    if (name === "version") version = readPositive(json);
    else if (name === "length") length = readLength(json);
    else if (name === "hashes") hashes = readHashes(json);
    else unknown.read(name, json);
  });
  return {
    version: required(version, "version"),
    ...(length !== undefined && { length }),
    ...(hashes !== undefined && { hashes }),
    unknown: unknown.done(),
  };
}
