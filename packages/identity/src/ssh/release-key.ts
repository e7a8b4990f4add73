import { createPublicKey } from "node:crypto";
import { ed25519PublicKey, publicKeyOf, TufError, type PublicKey } from "@countermark/tuf";
import { derInteger, derSequence } from "../keys/der.ts";
import { malformed, SshReader } from "./reader.ts";

/** DER of a SubjectPublicKeyInfo on P-256 up to the point (RFC 5480). */
const P256_SPKI_PREFIX = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex");
const UNCOMPRESSED = 0x04;
const POINT_BYTES = 65;
const ED25519_SIGNATURE_BYTES = 64;
/** r and s are below the order of P-256. */
const MAX_P256_NUMBER_BYTES = 32;

/**
 * The key for roles that a public key of SSH is (RFC 8709, 4; RFC 5656, 3.1), `undefined` for a type that signs none.
 * Throws `IDENTITY_SSH` for one that is malformed or must not be used.
 */
export function releaseKeyOf(blob: Uint8Array): PublicKey | undefined {
  const reader = new SshReader(blob);
  const type = reader.name();
  if (type !== "ssh-ed25519" && type !== "ecdsa-sha2-nistp256") return undefined;
  if (type === "ecdsa-sha2-nistp256" && reader.name() !== "nistp256")
    throw malformed("names another curve than its type");
  const material = reader.string();
  reader.end();
  return type === "ssh-ed25519" ? ed25519Of(material) : p256Of(material);
}

/** An Ed25519 key that may be used, of its 32 bytes. Throws `IDENTITY_SSH`. */
export function ed25519Of(raw: Buffer): PublicKey {
  try {
    return ed25519PublicKey(raw);
  } catch (cause) {
    throw malformed("holds an Ed25519 key that must not be used", cause instanceof TufError ? cause : undefined);
  }
}

/** The key of an uncompressed point of P-256. Throws `IDENTITY_SSH`. */
export function p256Of(point: Buffer): PublicKey {
  if (point.length !== POINT_BYTES || point[0] !== UNCOMPRESSED)
    throw malformed("holds no uncompressed point of P-256");
  try {
    const key = Buffer.concat([P256_SPKI_PREFIX, point]);
    return publicKeyOf(createPublicKey({ key, format: "der", type: "spki" }));
  } catch (cause) {
    throw malformed("holds a point that is not on P-256", cause);
  }
}

/**
 * A signature of SSH (RFC 8709, 6; RFC 5656, 3.1.2) as TUF writes it: Ed25519's 64 bytes, ECDSA in DER. Throws
 * `IDENTITY_SSH` where it is malformed, or of another type than the key.
 */
export function tufSignatureOf(signature: Uint8Array, { scheme }: PublicKey): Uint8Array {
  const reader = new SshReader(signature);
  const wanted = scheme === "ed25519" ? "ssh-ed25519" : scheme;
  if (reader.name() !== wanted) throw malformed("is a signature of another type than its key");
  const content = reader.string();
  reader.end();
  return scheme === "ed25519" ? ed25519SignatureOf(content) : ecdsaSignatureOf(content);
}

/** Ed25519's signature from its string. Throws `IDENTITY_SSH`. */
export function ed25519SignatureOf(content: Buffer): Uint8Array {
  if (content.length === ED25519_SIGNATURE_BYTES) return new Uint8Array(content);
  throw malformed("holds an Ed25519 signature of another length");
}

/** DER of r and s (RFC 3279, 2.2.3) from their two `mpint`s. Throws `IDENTITY_SSH`. */
export function ecdsaSignatureOf(content: Buffer): Uint8Array {
  const reader = new SshReader(content);
  const numbers = [reader.mpint(), reader.mpint()];
  reader.end();
  if (numbers.some(({ length }) => length === 0 || length > MAX_P256_NUMBER_BYTES)) {
    throw malformed("holds an ECDSA signature out of range");
  }
  return new Uint8Array(derSequence(...numbers.map(derInteger)));
}
