import { TufError } from "../errors.ts";

/** Longest key text that is read: an RSA key of 16,384 bits in PEM has 2,900 characters. */
export const MAX_KEY_CHARACTERS = 4096;

const PEM = /^-----BEGIN (PUBLIC KEY|RSA PUBLIC KEY)-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END \1-----\s*$/;

/** The DER inside a PEM block: SubjectPublicKeyInfo (RFC 5280) or PKCS #1's RSAPublicKey (RFC 8017). */
export interface PemBlock {
  readonly format: "spki" | "pkcs1";
  readonly der: Uint8Array;
}

/** The one PEM block that a text is (RFC 7468), `undefined` where it does not look like PEM. Throws `TUF_KEY`. */
export function decodePem(text: string): PemBlock | undefined {
  if (!text.startsWith("-----BEGIN ")) return undefined;
  const [, label, body] = text.length > MAX_KEY_CHARACTERS ? [] : (PEM.exec(text) ?? []);
  if (label === undefined || body === undefined) throw new TufError("TUF_KEY", "a public key is not one block of PEM");
  const base64 = body.replace(/[\r\n]/g, "");
  const der = Buffer.from(base64, "base64");
  if (der.toString("base64") !== base64) throw new TufError("TUF_KEY", "the PEM of a public key is not proper base64");
  return { format: label === "PUBLIC KEY" ? "spki" : "pkcs1", der };
}

/** The bytes of a hex string of either case. Throws `TUF_KEY`. */
export function decodeHex(text: string): Uint8Array {
  if (text.length > MAX_KEY_CHARACTERS || text.length % 2 !== 0 || !/^[0-9a-fA-F]+$/.test(text)) {
    throw new TufError("TUF_KEY", "a public key is neither hex nor PEM");
  }
  return Buffer.from(text, "hex");
}

/** What follows `prefix` in DER of exactly `prefix.length + length` bytes, `undefined` where it is not that. */
export function afterPrefix(der: Uint8Array, prefix: Uint8Array, length: number): Uint8Array | undefined {
  const fits = der.length === prefix.length + length && prefix.every((byte, at) => der[at] === byte);
  return fits ? der.subarray(prefix.length) : undefined;
}
