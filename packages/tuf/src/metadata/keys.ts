import { JsonReader } from "../json/reader.ts";
import type { JsonObject } from "../json/value.ts";
import type { KeyJson, PublicKey } from "../keys/key.ts";
import { makeKey, type KeyMembers } from "../keys/read.ts";
import { required } from "./fields.ts";

/** Reads KEYS (TUF 4.3, 4.5) by key id. Key ids are labels: whether one fits its key is not looked at. */
export function readKeys(json: JsonReader): ReadonlyMap<string, PublicKey> {
  const keys = new Map<string, PublicKey>();
  json.openObject();
  for (let keyId = json.nextName(); keyId !== undefined; keyId = json.nextName()) keys.set(keyId, readKey(keyId, json));
  return keys;
}

function readKey(keyId: string, json: JsonReader): PublicKey {
  let keyType: string | undefined;
  let scheme: string | undefined;
  let keyval: Keyval | undefined;
  json.skipSpace();
  const start = json.position();
  json.openObject();
  for (let name = json.nextName(); name !== undefined; name = json.nextName()) {
    if (name === "keytype") keyType = json.string();
    else if (name === "scheme") scheme = json.string();
    else if (name === "keyval") keyval = readKeyval(json);
    else json.value();
  }
  const { material, isLowerHex } = required(keyval, "keyval");
  const members = { keyType: required(keyType, "keytype"), scheme: required(scheme, "scheme"), material, isLowerHex };
  return makeKey(keyId, members, readAgain(json.bytes, start, json.position()));
}

type Keyval = Pick<KeyMembers, "material" | "isLowerHex">;

function readKeyval(json: JsonReader): Keyval {
  let hex: string | undefined;
  let material: string | undefined;
  json.openObject();
  for (let name = json.nextName(); name !== undefined; name = json.nextName()) {
    if (name === "public") {
      hex = json.hexIfSo();
      material = hex ?? json.string();
    } else json.value();
  }
  return { material: required(material, "public key"), isLowerHex: hex !== undefined };
}

/** The object that was just read, unknown members included, out of its own bytes, when somebody asks for it. */
function readAgain(bytes: Uint8Array, start: number, end: number): KeyJson {
  return () => new JsonReader(bytes.subarray(start, end)).value() as JsonObject;
}
