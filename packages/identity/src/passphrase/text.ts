import { IdentityError } from "../errors.ts";

/** Longest passphrase that is read, in bytes of UTF-8. */
export const MAX_PASSPHRASE_BYTES = 4096;

/** A decoder keeps no state between calls without `stream`; a byte order mark, which some consoles add, is dropped. */
const UTF8 = new TextDecoder("utf-8", { fatal: true });

/**
 * The text of a passphrase. It is a string for as long as it is normalised and cannot be overwritten, so this is for what
 * is not ASCII. Throws `IDENTITY_PASSPHRASE`.
 */
export function decodePassphrase(bytes: Uint8Array): string {
  checkLength(bytes);
  try {
    return UTF8.decode(bytes);
  } catch {
    // The decoder's error is left out: nothing of it helps, and it stands next to the secret.
    throw new IdentityError("IDENTITY_PASSPHRASE", "the passphrase is not UTF-8");
  }
}

/** Throws `IDENTITY_PASSPHRASE` for what is too long. */
export function checkLength(bytes: Uint8Array): void {
  if (bytes.length <= MAX_PASSPHRASE_BYTES) return;
  throw new IdentityError("IDENTITY_PASSPHRASE", `the passphrase is longer than ${MAX_PASSPHRASE_BYTES} bytes`);
}
