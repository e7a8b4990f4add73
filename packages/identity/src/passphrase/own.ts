import { IdentityError } from "../errors.ts";
import { SecretBytes } from "../secret/secret-bytes.ts";
import { checkLength, decodePassphrase } from "./text.ts";

const SPACE = 0x20;
const DELETE = 0x7f;
/** Control characters, halves of surrogate pairs, private use, and what this version of Unicode has not assigned. */
const NOT_TYPED_ALIKE = /[\p{Cc}\p{Cs}\p{Co}\p{Cn}]/u;

/**
 * A person's own passphrase in its one form, by RFC 8265, 4.2 (OpaqueString): every space is U+0020, then NFC; case and
 * the number of spaces count. Characters that Unicode may yet decompose are refused: a later Node would make another key
 * of them.
 *
 * NFC and not NFKC: what people tell apart on the screen (a superscript, a full-width letter) stays apart, and TRUST.md
 * and RFC 8265 say so. Throws `IDENTITY_PASSPHRASE`.
 */
export function normaliseOwn(bytes: Uint8Array): SecretBytes {
  checkLength(bytes);
  // Printable ASCII is its own normal form: no string is made of it.
  if (bytes.some((byte) => byte > SPACE) && bytes.every((byte) => byte >= SPACE && byte < DELETE)) {
    return SecretBytes.take(Buffer.from(bytes));
  }
  return SecretBytes.take(Buffer.from(ownText(bytes), "utf8"));
}

/** The same as a string, to be judged. Throws `IDENTITY_PASSPHRASE`. */
export function ownText(bytes: Uint8Array): string {
  const text = decodePassphrase(bytes);
  if (NOT_TYPED_ALIKE.test(text)) {
    throw new IdentityError(
      "IDENTITY_PASSPHRASE",
      "the passphrase holds a control character, or one that Unicode does not know",
    );
  }
  const normal = text.replace(/\p{Zs}/gu, " ").normalize("NFC");
  if (normal.trim() === "") throw new IdentityError("IDENTITY_PASSPHRASE", "the passphrase is empty");
  return normal;
}
