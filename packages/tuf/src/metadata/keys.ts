import type { JsonReader } from "../json/reader.ts";
import type { JsonObject } from "../json/value.ts";
import type { PublicKey } from "../keys/key.ts";
import { readPublicKey } from "../keys/read.ts";

/** Reads KEYS (TUF 4.3, 4.5) by key id. Key ids are labels: whether one fits its key is not looked at. */
export function readKeys(json: JsonReader): ReadonlyMap<string, PublicKey> {
  const keys = new Map<string, PublicKey>();
  json.object((keyId) => {
    const key = json.value();
    if (!(key instanceof Map)) throw json.refuse("is not an object");
    keys.set(keyId, readPublicKey(keyId, key as JsonObject));
  });
  return keys;
}
