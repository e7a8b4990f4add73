import type { JsonReader } from "../json/reader.ts";
import { CommonFields, missing, required } from "./fields.ts";
import { readMeta } from "./file-meta.ts";
import type { FileMeta, Snapshot, Timestamp } from "./model.ts";

/** Reads the `signed` object of a timestamp (TUF 4.6): it names the snapshot and nothing else. */
export function readTimestampSigned(json: JsonReader): Timestamp {
  const { common, meta } = readWithMeta("timestamp", json);
  const snapshot = meta.get("snapshot");
  if (snapshot === undefined) throw missing("snapshot.json");
  if (meta.size > 1) throw json.refuse("names other files than snapshot.json");
  return { type: "timestamp", ...common.done(), snapshot };
}

/** Reads the `signed` object of a snapshot (TUF 4.4). */
export function readSnapshotSigned(json: JsonReader): Snapshot {
  const { common, meta } = readWithMeta("snapshot", json);
  return { type: "snapshot", ...common.done(), meta };
}

function readWithMeta(
  type: "timestamp" | "snapshot",
  json: JsonReader,
): { common: CommonFields; meta: ReadonlyMap<string, FileMeta> } {
  const common = new CommonFields(type);
  let meta: ReadonlyMap<string, FileMeta> | undefined;
  json.openObject();
  for (let name = json.nextName(); name !== undefined; name = json.nextName()) {
    if (name === "meta") meta = readMeta(json);
    else common.read(name, json);
  }
  return { common, meta: required(meta, "meta") };
}
