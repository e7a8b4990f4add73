import { TufError } from "../errors.ts";
import type { JsonObject } from "../json/value.ts";
import { CURVES, EcdsaKey } from "./ecdsa.ts";
import { Ed25519Key } from "./ed25519.ts";
import type { KeyJson, PublicKey } from "./key.ts";
import { RsaPssKey } from "./rsa.ts";
import { shown } from "../shown.ts";

/** The members of a key object that say which key it is (TUF 4.2). */
export interface KeyMembers {
  readonly keyType: string;
  readonly scheme: string;
  /** `keyval.public`: hex or PEM. */
  readonly material: string;
  /** Whether the reader saw nothing but lower-case hex digits in it. */
  readonly isLowerHex: boolean;
}

/**
 * Reads a key object (TUF 4.2): `keytype`, `scheme`, `keyval.public`; whatever else it holds is kept.
 * Throws `TUF_FORMAT` where members are missing, `TUF_UNSUPPORTED` for another type or scheme, `TUF_KEY` for a key that
 * must not be used.
 */
export function readPublicKey(keyId: string, json: JsonObject): PublicKey {
  const keyval = json.get("keyval");
  if (!(keyval instanceof Map)) throw new TufError("TUF_FORMAT", "a key's keyval is missing or not an object");
  const members = {
    keyType: stringMember(json, "keytype"),
    scheme: stringMember(json, "scheme"),
    material: stringMember(keyval as JsonObject, "public"),
    isLowerHex: false,
  };
  return makeKey(keyId, members, () => json);
}

/** The pairs of type and scheme are securesystemslib's; old metadata names an ECDSA key's scheme as its type. */
export function makeKey(keyId: string, members: KeyMembers, json: KeyJson): PublicKey {
  const { keyType, scheme, material, isLowerHex } = members;
  if (keyType === "ed25519" && scheme === "ed25519") return new Ed25519Key(keyId, material, isLowerHex, json);
  if (keyType === "rsa" && scheme === "rsassa-pss-sha256") return new RsaPssKey(keyId, material, json);
  const curve = CURVES.find((each) => each.scheme === scheme);
  if (curve !== undefined && (keyType === "ecdsa" || keyType === scheme)) {
    return new EcdsaKey(keyId, keyType, curve, material, json);
  }
  throw new TufError(
    "TUF_UNSUPPORTED",
    `keys of type ${shown(keyType)} with scheme ${shown(scheme)} are not supported`,
  );
}

function stringMember(json: JsonObject, name: string): string {
  const value = json.get(name);
  if (typeof value !== "string") throw new TufError("TUF_FORMAT", `a key's ${name} is missing or not a string`);
  return value;
}
