import { TufError } from "../errors.ts";
import type { JsonObject } from "../json/value.ts";
import { Ed25519Key } from "./ed25519.ts";
import type { PublicKey } from "./key.ts";

/**
 * Reads a key object (TUF 4.2): `keytype`, `scheme`, `keyval.public`; whatever else it holds is kept.
 * Throws `TUF_FORMAT` where members are missing, `TUF_UNSUPPORTED` for another type or scheme, `TUF_KEY` for a key that
 * must not be used.
 */
export function readPublicKey(keyId: string, json: JsonObject): PublicKey {
  const keyType = text(json, "keytype");
  const scheme = text(json, "scheme");
  const keyval = json.get("keyval");
  if (!(keyval instanceof Map)) throw new TufError("TUF_FORMAT", "keyval is not an object");
  const material = text(keyval as JsonObject, "public");
  if (keyType === "ed25519" && scheme === "ed25519") return new Ed25519Key(keyId, decodeHex(material), json);
  throw new TufError(
    "TUF_UNSUPPORTED",
    `keys of type ${quote(keyType)} with scheme ${quote(scheme)} are not supported`,
  );
}

function text(json: JsonObject, name: string): string {
  const value = json.get(name);
  if (typeof value !== "string") throw new TufError("TUF_FORMAT", `a key's ${name} is missing or not a string`);
  return value;
}

function decodeHex(material: string): Uint8Array {
  if (material.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(material))
    throw new TufError("TUF_KEY", "a public key is not hex");
  return new Uint8Array(Buffer.from(material, "hex"));
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
