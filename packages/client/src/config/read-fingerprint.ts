import { ClientError } from "../errors.ts";

const FINGERPRINT = /^(?:sha256:)?([0-9a-f]{64})$/i;

/** The fingerprint of a first root as a user writes it, in lower-case hex. @throws ClientError `USAGE` */
export function readFingerprint(text: string): string {
  const digits = FINGERPRINT.exec(text)?.[1];
  if (digits !== undefined) return digits.toLowerCase();
  throw new ClientError("USAGE", "the fingerprint is not a SHA-256 in hex", {
    hint: "it has 64 hex digits; the index's operator publishes it somewhere other than on the index itself",
  });
}
