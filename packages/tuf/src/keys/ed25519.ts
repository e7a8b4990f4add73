import { createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify, type KeyObject } from "node:crypto";
import { TufError } from "../errors.ts";
import { jsonObject } from "../json/plain.ts";
import type { JsonObject } from "../json/value.ts";
import { computeKeyId } from "./key-id.ts";
import type { PublicKey, Signer } from "./key.ts";

export const ED25519_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** DER up to the 32 bytes of a public key (RFC 8410, 4) and of a private key (RFC 8410, 7). */
const SPKI_PREFIX = Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00);
const PKCS8_PREFIX = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20);

/**
 * The y coordinates of the eight points of small order, sign bit cleared (RFC 7748's curve; the list of libsodium).
 * A signature under such a key verifies for messages that nobody signed, and `crypto.verify` does not refuse them.
 */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
]);
/** p = 2^255 - 19: encodings at or above it name a point that has another encoding. */
const FIELD_PRIME_LOW_BYTE = 0xed;

/** An Ed25519 key over its 32 raw bytes. Throws `TUF_KEY` for one of small order or a non-canonical encoding. */
export class Ed25519Key implements PublicKey {
  readonly keyId: string;
  readonly keyType = "ed25519";
  readonly scheme = "ed25519";
  readonly json: JsonObject;
  readonly #raw: Uint8Array;
  #identity: string | undefined;
  #key: KeyObject | undefined;

  constructor(keyId: string, raw: Uint8Array, json: JsonObject) {
    refuseWeak(raw, keyId);
    this.keyId = keyId;
    this.json = json;
    this.#raw = raw;
  }

  get identity(): string {
    return (this.#identity ??= createHash("sha256").update(this.#raw).digest("hex"));
  }

  verify(message: Uint8Array, signature: Uint8Array): boolean {
    if (signature.length !== SIGNATURE_BYTES) return false;
    try {
      this.#key ??= createPublicKey({ key: Buffer.concat([SPKI_PREFIX, this.#raw]), format: "der", type: "spki" });
      return verify(null, message, this.#key, signature);
    } catch {
      // 32 bytes that are no point of the curve: nothing verifies under them.
      return false;
    }
  }
}

/** The key of 32 raw bytes, under the key id that TUF 4.2 computes. Throws `TUF_KEY`. */
export function ed25519PublicKey(raw: Uint8Array): PublicKey {
  const copy = Uint8Array.from(raw);
  const json = jsonObject({ keytype: "ed25519", scheme: "ed25519", keyval: { public: hex(copy) } });
  return new Ed25519Key(computeKeyId(json), copy, json);
}

/** Signs with the private key that a 32-byte seed is (RFC 8032, 5.1.5). Throws `TUF_KEY` for another length. */
export function ed25519Signer(seed: Uint8Array): Signer {
  if (seed.length !== ED25519_KEY_BYTES)
    throw new TufError("TUF_KEY", `an Ed25519 seed has 32 bytes, not ${seed.length}`);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" });
  const spki = createPublicKey(key).export({ format: "der", type: "spki" });
  return {
    publicKey: ed25519PublicKey(spki.subarray(SPKI_PREFIX.length)),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  };
}

/** A new key from the system's random source. The caller keeps the seed, or loses the key. */
export function generateEd25519(): { seed: Uint8Array; signer: Signer } {
  const seed = new Uint8Array(randomBytes(ED25519_KEY_BYTES));
  return { seed, signer: ed25519Signer(seed) };
}

function refuseWeak(raw: Uint8Array, keyId: string): void {
  if (raw.length !== ED25519_KEY_BYTES) {
    throw new TufError("TUF_KEY", `the Ed25519 key ${label(keyId)} has ${raw.length} bytes, not ${ED25519_KEY_BYTES}`);
  }
  if (isNonCanonical(raw)) throw new TufError("TUF_KEY", `the Ed25519 key ${label(keyId)} is not canonically encoded`);
  const y = Uint8Array.from(raw);
  y[31] = (y[31] ?? 0) & 0x7f;
  if (SMALL_ORDER.has(hex(y))) throw new TufError("TUF_KEY", `the Ed25519 key ${label(keyId)} is of small order`);
}

/** Whether y >= p (RFC 8032, 5.1.3 step 1). */
function isNonCanonical(raw: Uint8Array): boolean {
  if (((raw[31] ?? 0) & 0x7f) !== 0x7f || (raw[0] ?? 0) < FIELD_PRIME_LOW_BYTE) return false;
  for (let at = 1; at < 31; at += 1) if (raw[at] !== 0xff) return false;
  return true;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function label(keyId: string): string {
  return JSON.stringify(keyId.slice(0, 80));
}
