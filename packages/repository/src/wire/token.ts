import { createHash } from "node:crypto";

/** What every token begins with, so that people and scanners of leaked secrets know one when they see it. */
export const TOKEN_PREFIX = "cm_";
/** Random bytes of a token: nobody guesses 160 bits. */
export const TOKEN_SECRET_BYTES = 20;

const CHECKSUM_CHARACTERS = 6;
const TOKEN = /^cm_[a-z2-7]{38}$/;
/** RFC 4648's base32, in lower case. */
const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

/** A token as people copy it: prefix, secret, and a checksum, so that a cut or mistyped one is told before it is sent. */
export function formatToken(secret: Uint8Array): string {
  if (secret.length !== TOKEN_SECRET_BYTES) throw new RangeError("a token has 20 secret bytes");
  const text = TOKEN_PREFIX + base32(secret);
  return text + checksum(text);
}

/** Whether this can be a token: its form and checksum are right. Says nothing about whether any index knows it. */
export function isToken(text: string): boolean {
  return TOKEN.test(text) && checksum(text.slice(0, -CHECKSUM_CHARACTERS)) === text.slice(-CHECKSUM_CHARACTERS);
}

/** What an index keeps of a token: SHA-256, lower-case hex. With 160 random bits inside, nothing slower is needed. */
export function tokenHash(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

function checksum(text: string): string {
  return base32(createHash("sha256").update(text).digest().subarray(0, 5)).slice(0, CHECKSUM_CHARACTERS);
}

/** Of a multiple of five bytes: no padding. */
function base32(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 5) {
    let bits = 0n;
    for (const byte of bytes.subarray(at, at + 5)) bits = (bits << 8n) | BigInt(byte);
    for (let shift = 35n; shift >= 0n; shift -= 5n) text += ALPHABET[Number((bits >> shift) & 31n)] ?? "";
  }
  return text;
}
