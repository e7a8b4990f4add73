import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** Bytes of randomness in a secret: nobody guesses 128 bits. */
const SECRET_BYTES = 16;

/** A secret for a door's address, of characters that stand in a URL as they are. */
export function makeSecret(): string {
  return randomBytes(SECRET_BYTES).toString("base64url");
}

/** Compares digests, so that neither content nor length of the secret shows in the time it takes. */
export function isSecret(given: string, secret: string): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(given), hash(secret));
}
