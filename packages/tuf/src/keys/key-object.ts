import { constants, createPublicKey, sign, type KeyObject } from "node:crypto";
import { TufError } from "../errors.ts";
import { jsonObject } from "../json/plain.ts";
import { CURVES } from "./ecdsa.ts";
import { ed25519PublicKey } from "./ed25519.ts";
import { computeKeyId } from "./key-id.ts";
import type { PublicKey, Signer } from "./key.ts";
import { readPublicKey } from "./read.ts";

/**
 * The TUF key of a key object of node:crypto, public or private, under the key id that TUF 4.2 computes: Ed25519 in hex,
 * ECDSA and RSA in PEM, as securesystemslib writes them.
 * Throws `TUF_UNSUPPORTED` for another kind of key and `TUF_KEY` for one that must not be used.
 */
export function publicKeyOf(key: KeyObject): PublicKey {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  if (publicKey.asymmetricKeyType === "ed25519") {
    return ed25519PublicKey(publicKey.export({ format: "der", type: "spki" }).subarray(-32));
  }
  const json = jsonObject({
    ...typeAndScheme(publicKey),
    keyval: { public: publicKey.export({ format: "pem", type: "spki" }).toString() },
  });
  return readPublicKey(computeKeyId(json), json);
}

/** Signs with a private key of node:crypto. Throws as `publicKeyOf` does. */
export function keyObjectSigner(key: KeyObject): Signer {
  const publicKey = publicKeyOf(key);
  return { publicKey, sign: (message) => new Uint8Array(signWith(key, publicKey.scheme, message)) };
}

function typeAndScheme(key: KeyObject): { keytype: string; scheme: string } {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === "rsa") return { keytype: "rsa", scheme: "rsassa-pss-sha256" };
  const curve = type === "ec" ? CURVES.find(({ name }) => name === details?.namedCurve) : undefined;
  if (curve === undefined) throw new TufError("TUF_UNSUPPORTED", `${String(type)} keys of this kind are not supported`);
  return { keytype: "ecdsa", scheme: curve.scheme };
}

function signWith(key: KeyObject, scheme: string, message: Uint8Array): Uint8Array {
  if (scheme === "ed25519") return sign(null, message, key);
  if (scheme === "rsassa-pss-sha256") {
    const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
    return sign("sha256", message, { key, ...padding });
  }
  const curve = CURVES.find((each) => each.scheme === scheme);
  return sign(curve?.hash, message, { key, dsaEncoding: "der" });
}
