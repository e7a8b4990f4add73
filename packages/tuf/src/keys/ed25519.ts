import { createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify, type KeyObject } from "node:crypto";
import { TufError } from "../errors.ts";
import { jsonObject } from "../json/plain.ts";
import type { JsonObject } from "../json/value.ts";
import { afterPrefix, decodePem } from "./encoding.ts";
import { computeKeyId } from "./key-id.ts";
import type { KeyJson, PublicKey, Signer } from "./key.ts";

const KEY_BYTES = 32;
const SEED_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** DER up to the 32 bytes of a public key (RFC 8410, 4) and of a private key (RFC 8410, 7). */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/**
 * The encodings of the eight points of small order, with either sign bit. Under such a key signatures that nobody made
 * verify, and not every OpenSSL refuses it. (The non-canonical encodings are refused as such.)
 */
const SMALL_ORDER: ReadonlySet<string> = new Set(
  [
    ["00000000000000000000000000000000000000000000000000000000000000", "00", "80"],
    ["01000000000000000000000000000000000000000000000000000000000000", "00", "80"],
    ["ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "7f", "ff"],
    ["26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc", "05", "85"],
    ["c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03", "7a", "fa"],
  ].flatMap(([low = "", ...lasts]) => lasts.map((last) => low + last)),
);
/** y >= p = 2^255 - 19 (RFC 8032, 5.1.3): such an encoding names a point that has another. */
const NON_CANONICAL = /^(?:e[d-f]|f[0-9a-f])f{60}[7f]f$/;

/** An Ed25519 key (TUF 4.2). Throws `TUF_KEY` for one of small order or in a non-canonical encoding. */
export class Ed25519Key implements PublicKey {
  readonly keyId: string;
  readonly keyType = "ed25519";
  readonly scheme = "ed25519";
  /** Lower-case hex. Roles hold up to 65,536 keys of which one is used: they are imported when they verify. */
  readonly #hex: string;
  readonly #json: KeyJson;
  #imported: KeyObject | undefined;

  /** `isLowerHex`: whether the reader saw nothing but lower-case hex digits in `material`. */
  constructor(keyId: string, material: string, isLowerHex: boolean, json: KeyJson) {
    const hex = isLowerHex && material.length === 2 * KEY_BYTES ? material : decodeMaterial(material);
    if (SMALL_ORDER.has(hex)) throw new TufError("TUF_KEY", `the Ed25519 key ${hex} is of small order`);
    if (hex.endsWith("f") && NON_CANONICAL.test(hex)) {
      throw new TufError("TUF_KEY", `the Ed25519 key ${hex} is not canonically encoded`);
    }
    this.keyId = keyId;
    this.#hex = hex;
    this.#json = json;
  }

  get identity(): string {
    return createHash("sha256").update(this.#hex, "hex").digest("hex");
  }

  get json(): JsonObject {
    return this.#json();
  }

  verify(message: Uint8Array, signature: Uint8Array): boolean {
    if (signature.length !== SIGNATURE_BYTES) return false;
    try {
      this.#imported ??= importRaw(Buffer.from(this.#hex, "hex"));
      return verify(null, message, this.#imported, signature);
    } catch {
      // 32 bytes that are no point of the curve: nothing verifies under them.
      return false;
    }
  }
}

/** The key of 32 raw bytes, under the key id that TUF 4.2 computes. Throws `TUF_KEY`. */
export function ed25519PublicKey(raw: Uint8Array): PublicKey {
  const material = Buffer.from(raw).toString("hex");
  const json = jsonObject({ keytype: "ed25519", scheme: "ed25519", keyval: { public: material } });
  return new Ed25519Key(computeKeyId(json), material, true, () => json);
}

/** Signs with the private key that a 32-byte seed is (RFC 8032, 5.1.5). Throws `TUF_KEY` for another length. */
export function ed25519Signer(seed: Uint8Array): Signer {
  if (seed.length !== SEED_BYTES) {
    throw new TufError("TUF_KEY", `an Ed25519 seed has ${SEED_BYTES} bytes, not ${seed.length}`);
  }
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" });
  const spki = createPublicKey(key).export({ format: "der", type: "spki" });
  return {
    publicKey: ed25519PublicKey(spki.subarray(SPKI_PREFIX.length)),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  };
}

/** A new key from the system's random source. The caller keeps the seed, or loses the key. */
export function generateEd25519(): { seed: Uint8Array; signer: Signer } {
  const seed = new Uint8Array(randomBytes(SEED_BYTES));
  return { seed, signer: ed25519Signer(seed) };
}

/** Lower-case hex of the 32 bytes, from hex of either case or from PEM. */
function decodeMaterial(material: string): string {
  if (material.length === 2 * KEY_BYTES && /^[0-9a-fA-F]+$/.test(material)) return material.toLowerCase();
  const der = decodePem(material)?.der;
  const raw = der === undefined ? undefined : afterPrefix(der, SPKI_PREFIX, KEY_BYTES);
  if (raw === undefined) throw new TufError("TUF_KEY", `an Ed25519 key is not ${KEY_BYTES} bytes in hex or PEM`);
  return Buffer.from(raw).toString("hex");
}

function importRaw(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: "der", type: "spki" });
}
