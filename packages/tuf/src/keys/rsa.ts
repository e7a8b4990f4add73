import { constants, createHash, createPublicKey, verify, type KeyObject } from "node:crypto";
import { TufError } from "../errors.ts";
import type { JsonObject } from "../json/value.ts";
import { decodePem, type PemBlock } from "./encoding.ts";
import type { KeyJson, PublicKey } from "./key.ts";

/**
 * Foreign repositories still sign with 2,048 bits, so the core reads them. Countermark's own layout demands
 * `RECOMMENDED_RSA_BITS` (see the package's README).
 */
export const MIN_RSA_BITS = 2048;
export const RECOMMENDED_RSA_BITS = 3072;
/** Above it a single verification becomes a burden. */
export const MAX_RSA_BITS = 8192;
/** Go's limit. */
const MAX_RSA_EXPONENT = 2n ** 31n - 1n;

/** An RSA key for PSS with SHA-256 and MGF1 over SHA-256, any salt length (TUF 4.2; RFC 8017, 8.1). */
export class RsaPssKey implements PublicKey {
  readonly keyId: string;
  readonly keyType = "rsa";
  readonly scheme = "rsassa-pss-sha256";
  readonly identity: string;
  /** Length of the modulus. */
  readonly bits: number;
  readonly #json: KeyJson;
  readonly #key: KeyObject;

  constructor(keyId: string, material: string, json: KeyJson) {
    this.keyId = keyId;
    this.#json = json;
    this.#key = importPem(material);
    this.bits = checkStrength(this.#key);
    // PKCS #1 holds modulus and exponent and nothing else, whatever the PEM was.
    this.identity = createHash("sha256")
      .update(this.#key.export({ format: "der", type: "pkcs1" }))
      .digest("hex");
  }

  get json(): JsonObject {
    return this.#json();
  }

  verify(message: Uint8Array, signature: Uint8Array): boolean {
    const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO };
    try {
      return verify("sha256", message, { key: this.#key, ...padding }, signature);
    } catch {
      return false;
    }
  }
}

/** DER that does not come out as it went in has a second spelling of something, which other clients may not read. */
function importPem(material: string): KeyObject {
  const pem = decodePem(material);
  if (pem === undefined) throw new TufError("TUF_KEY", "an RSA key is not PEM");
  const key = importDer(pem);
  if (Buffer.compare(key.export({ format: "der", type: pem.format }), pem.der) !== 0) {
    throw new TufError("TUF_KEY", "an RSA key is not in canonical DER");
  }
  return key;
}

/** By way of JWK, which is modulus and exponent: what OpenSSL remembers of the DER that it read gets lost. */
function importDer({ der, format }: PemBlock): KeyObject {
  try {
    const key = createPublicKey({ key: Buffer.from(der), format: "der", type: format });
    if (key.asymmetricKeyType === "rsa") return createPublicKey({ key: key.export({ format: "jwk" }), format: "jwk" });
  } catch (cause) {
    throw new TufError("TUF_KEY", "the PEM of an RSA key holds no key", { cause });
  }
  throw new TufError("TUF_KEY", "the PEM of an RSA key holds another kind of key");
}

function checkStrength(key: KeyObject): number {
  const { modulusLength: bits = 0, publicExponent: exponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) {
    throw new TufError("TUF_KEY", `an RSA key has ${bits} bits, not ${MIN_RSA_BITS} to ${MAX_RSA_BITS}`);
  }
  if (exponent < 3n || exponent > MAX_RSA_EXPONENT || exponent % 2n === 0n) {
    throw new TufError("TUF_KEY", "an RSA key has an exponent that is even or out of range");
  }
  return bits;
}
