import type { JsonReader } from "../json/reader.ts";
import { LazyMembers, type Place } from "../json/lazy-members.ts";
import { NATURAL, PLAIN, POSITIVE, SHA256_ALONE, usual } from "../json/usual.ts";
import type { JsonObject } from "../json/value.ts";
import { NOTHING_UNKNOWN, readLength, readPositive, required, withMember } from "./fields.ts";
import { readHashes } from "./hashes.ts";
import type { FileMeta } from "./model.ts";

export const META_SUFFIX = ".json";

const USUAL = usual(`"${PLAIN}+\\.json":\\{(?:${SHA256_ALONE},)?(?:"length":${NATURAL},)?"version":${POSITIVE}\\}`);

/** Reads METAFILES (TUF 4.4): by role name, without `.json`. */
export function readMeta(json: JsonReader): ReadonlyMap<string, FileMeta> {
  return json.members(USUAL, readMember, META_SUFFIX);
}

/** Where entries stand in their file that are all in their usual form: behind the opening brace, up to the closing one. */
export function placeOfMeta(meta: ReadonlyMap<string, FileMeta>): Place | undefined {
  return meta instanceof LazyMembers ? meta.place : undefined;
}

/** Reads an entry by its path, with `.json`. */
export function readMember(json: JsonReader, path: string): FileMeta {
  if (!path.endsWith(META_SUFFIX) || path === META_SUFFIX) throw json.refuse("is not a role name with .json");
  return readFileMeta(json);
}

function readFileMeta(json: JsonReader): FileMeta {
  let read: number | undefined;
  let length: number | undefined;
  let hashes: ReadonlyMap<string, string> | undefined;
  let unknown = NOTHING_UNKNOWN;
  json.openObject();
  for (let name = json.nextName(); name !== undefined; name = json.nextName()) {
    if (name === "version") read = readPositive(json);
    else if (name === "length") length = readLength(json);
    else if (name === "hashes") hashes = readHashes(json);
    else unknown = withMember(unknown, name, json.value());
  }
  return fileMeta(required(read, "version"), length, hashes, unknown);
}

/** Spelled out, since a snapshot has 65,536 of them and spreading optional members costs as much as reading them. */
function fileMeta(
  version: number,
  length: number | undefined,
  hashes: ReadonlyMap<string, string> | undefined,
  unknown: JsonObject,
): FileMeta {
  if (length === undefined) return hashes === undefined ? { version, unknown } : { version, hashes, unknown };
  return hashes === undefined ? { version, length, unknown } : { version, length, hashes, unknown };
}
