import { createPublicKey } from "node:crypto";
import {
  canonicalise,
  computeKeyId,
  ed25519PublicKey,
  publicKeyOf,
  readPublicKey,
  RECOMMENDED_RSA_BITS,
  TufError,
  type JsonObject,
  type PublicKey,
} from "@countermark/tuf";
import { IdentityError } from "../errors.ts";

/** NIST SP 800-56B, 6.2: smaller exponents have a history of broken paddings. */
const MIN_RSA_EXPONENT = 65_537n;

const ED25519_HEX = /^[0-9a-f]{64}$/;

/** Schemes that sign roles (TRUST.md 2). P-384 is left to foreign repositories: no token of ours needs it. */
const RELEASE_SCHEMES: ReadonlySet<string> = new Set(["ed25519", "ecdsa-sha2-nistp256", "rsassa-pss-sha256"]);

/**
 * A release key that may be enrolled: Ed25519, ECDSA P-256 or RSA of 3,072 bits and more, under the one spelling that we
 * write ourselves (TUF 4.2: Ed25519 in lower-case hex, the others as SubjectPublicKeyInfo in PEM), with no member more.
 * One key cannot then look like two. Small order, non-canonical encodings and points off the curve are refused.
 * Throws `IDENTITY_KEY`.
 */
export function readReleaseKey(json: JsonObject): PublicKey {
  const key = readKey(json);
  checkReleaseKey(key);
  return key;
}

/** A login key that may be enrolled: Ed25519, in our spelling. Throws `IDENTITY_KEY`. */
export function readLoginKey(json: JsonObject): PublicKey {
  const key = readKey(json);
  if (key.scheme !== "ed25519") throw new IdentityError("IDENTITY_KEY", "a login key is an Ed25519 key");
  return key;
}

/** Refuses a key of the right kind that is too weak. Throws `IDENTITY_KEY`. */
export function checkReleaseKey(key: PublicKey): void {
  if (!RELEASE_SCHEMES.has(key.scheme)) {
    throw new IdentityError("IDENTITY_KEY", `keys of scheme ${key.scheme} do not sign releases`, {
      hint: "use Ed25519, ECDSA on P-256, or RSA of 3,072 bits or more",
    });
  }
  if (key.keyType === "rsa") checkRsa(keyMaterial(key));
}

function checkRsa(pem: string): void {
  const { modulusLength = 0, publicExponent = 0n } = createPublicKey(pem).asymmetricKeyDetails ?? {};
  if (modulusLength < RECOMMENDED_RSA_BITS) {
    throw new IdentityError(
      "IDENTITY_KEY",
      `the RSA key has ${modulusLength} bits, fewer than ${RECOMMENDED_RSA_BITS}`,
    );
  }
  if (publicExponent < MIN_RSA_EXPONENT) {
    throw new IdentityError("IDENTITY_KEY", `the RSA key has a public exponent below ${MIN_RSA_EXPONENT.toString()}`);
  }
}

function readKey(json: JsonObject): PublicKey {
  try {
    const key = readPublicKey(computeKeyId(json), json);
    checkSpelling(key);
    return key;
  } catch (cause) {
    if (cause instanceof TufError) throw new IdentityError("IDENTITY_KEY", cause.message, { cause });
    throw cause;
  }
}

/** What we make of the very key that was read must be what was read. */
function checkSpelling(key: PublicKey): void {
  const own = ownSpelling(key.scheme, keyMaterial(key));
  if (own !== undefined && Buffer.compare(canonicalise(own.json), canonicalise(key.json)) === 0) return;
  throw new IdentityError("IDENTITY_KEY", "a key is not in the one form in which keys are enrolled");
}

function ownSpelling(scheme: string, material: string): PublicKey | undefined {
  if (scheme === "ed25519") {
    return ED25519_HEX.test(material) ? ed25519PublicKey(Buffer.from(material, "hex")) : undefined;
  }
  return material.startsWith("-----BEGIN ") ? publicKeyOf(createPublicKey(material)) : undefined;
}

/** `keyval.public` of a key that was read: a string (TUF 4.2). */
function keyMaterial({ json }: PublicKey): string {
  const keyval = json.get("keyval");
  const material = keyval instanceof Map ? (keyval as JsonObject).get("public") : undefined;
  return typeof material === "string" ? material : "";
}
