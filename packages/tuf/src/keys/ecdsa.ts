import { createHash, createPublicKey, verify, type KeyObject } from "node:crypto";
import { TufError } from "../errors.ts";
import type { JsonObject } from "../json/value.ts";
import { afterPrefix, decodeHex, decodePem } from "./encoding.ts";
import type { KeyJson, PublicKey } from "./key.ts";

interface Curve {
  readonly scheme: string;
  /** As node:crypto calls it. */
  readonly name: string;
  readonly hash: string;
  /** DER of a SubjectPublicKeyInfo up to the point (RFC 5480). */
  readonly spkiPrefix: Uint8Array;
  /** Bytes of an uncompressed point: 04, x, y. */
  readonly pointLength: number;
}

const UNCOMPRESSED = 0x04;

export const CURVES: readonly Curve[] = [
  {
    scheme: "ecdsa-sha2-nistp256",
    name: "prime256v1",
    hash: "sha256",
    spkiPrefix: Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex"),
    pointLength: 65,
  },
  {
    scheme: "ecdsa-sha2-nistp384",
    name: "secp384r1",
    hash: "sha384",
    spkiPrefix: Buffer.from("3076301006072a8648ce3d020106052b81040022036200", "hex"),
    pointLength: 97,
  },
];

/**
 * An ECDSA key on P-256 or P-384; signatures in DER (TUF 4.2). Its point has one accepted form, uncompressed: what Go
 * cannot read is refused, and one key cannot look like two.
 */
export class EcdsaKey implements PublicKey {
  readonly keyId: string;
  readonly keyType: string;
  readonly scheme: string;
  readonly identity: string;
  readonly #json: KeyJson;
  readonly #hash: string;
  readonly #key: KeyObject;

  constructor(keyId: string, keyType: string, curve: Curve, material: string, json: KeyJson) {
    const point = decodePoint(material, curve);
    this.keyId = keyId;
    this.keyType = keyType;
    this.scheme = curve.scheme;
    this.identity = createHash("sha256").update(point).digest("hex");
    this.#json = json;
    this.#hash = curve.hash;
    this.#key = importPoint(point, curve);
  }

  get json(): JsonObject {
    return this.#json();
  }

  verify(message: Uint8Array, signature: Uint8Array): boolean {
    try {
      return verify(this.#hash, message, { key: this.#key, dsaEncoding: "der" }, signature);
    } catch {
      return false;
    }
  }
}

function decodePoint(material: string, { spkiPrefix, pointLength, scheme }: Curve): Uint8Array {
  const pem = decodePem(material);
  const point = pem === undefined ? decodeHex(material) : afterPrefix(pem.der, spkiPrefix, pointLength);
  if (point?.length !== pointLength || point[0] !== UNCOMPRESSED) {
    throw new TufError("TUF_KEY", `an ${scheme} key is not an uncompressed point of its curve`);
  }
  return point;
}

/** The import fails for a point that is not on the curve. */
function importPoint(point: Uint8Array, { spkiPrefix, scheme }: Curve): KeyObject {
  try {
    return createPublicKey({ key: Buffer.concat([spkiPrefix, point]), format: "der", type: "spki" });
  } catch (cause) {
    throw new TufError("TUF_KEY", `the point of an ${scheme} key is not on its curve`, { cause });
  }
}
