import { JsonReader } from "../json/reader.ts";
import { PLAIN, usual } from "../json/usual.ts";
import type { JsonObject } from "../json/value.ts";
import type { KeyJson, PublicKey } from "../keys/key.ts";
import { makeKey, type KeyMembers } from "../keys/read.ts";
import { required } from "./fields.ts";

/** Ed25519 keys as securesystemslib writes them; what begins or goes on like those that are refused is looked at closely. */
const USUAL = usual(
  `"${PLAIN}+":\\{"keytype":"ed25519","keyval":\\{"public":"(?!0[01]000000|ecffffff|26e8958f|c7176a70)` +
    `[0-9a-f]{2}(?!f{8})[0-9a-f]{62}"\\},"scheme":"ed25519"\\}`,
);

/** Reads KEYS (TUF 4.3, 4.5) by key id. Key ids are labels: whether one fits its key is not looked at. */
export function readKeys(json: JsonReader): ReadonlyMap<string, PublicKey> {
  return json.members(USUAL, readKey);
}

function readKey(json: JsonReader, keyId: string): PublicKey {
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
