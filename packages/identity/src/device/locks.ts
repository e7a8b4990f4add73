import { IdentityError } from "../errors.ts";
import { deriveSealingKey } from "../keys/derive.ts";
import { type Passphrase } from "../passphrase/derive.ts";
import { stretch, type Ksf } from "../passphrase/ksf.ts";
import { normaliseOwn } from "../passphrase/own.ts";
import { normalisePhrase } from "../passphrase/phrase.ts";
import { SecretBytes } from "../secret/secret-bytes.ts";
import type { Keychain } from "./keychain.ts";
import type { SealHeader } from "./sealed-key.ts";

const KEYCHAIN_SECRET_BYTES = 32;
/** Of the salt, as the name of an entry: enough that no two files share one. */
const ID_BYTES = 16;

/** What locks a sealed key, and opens it again. */
export type DeviceLock = Passphrase | { readonly form: "keychain"; readonly keychain: Keychain };

/** The name under which a keychain holds the secret of a sealing. */
export function keychainId({ salt }: SealHeader): string {
  return Buffer.from(salt).subarray(0, ID_BYTES).toString("hex");
}

/** Makes a new keychain secret where one is needed; the sealing key of a new header. */
export async function newSealingKey(lock: DeviceLock, header: SealHeader): Promise<SecretBytes> {
  if (lock.form !== "keychain") return await passphraseKey(lock, header);
  using secret = SecretBytes.random(KEYCHAIN_SECRET_BYTES);
  await lock.keychain.store(keychainId(header), secret);
  return deriveSealingKey(secret);
}

/**
 * The sealing key of a header that was read. Throws `IDENTITY_LOCKED` where another kind of lock is needed,
 * `IDENTITY_UNLOCK` where the keychain no longer holds the secret, and as passphrases and keychains do.
 */
export async function sealingKeyOf(lock: DeviceLock, header: SealHeader): Promise<SecretBytes> {
  if (lock.form !== header.lock) {
    throw new IdentityError("IDENTITY_LOCKED", `the sealed key is locked with ${DESCRIBED[header.lock]}`);
  }
  if (lock.form !== "keychain") return await passphraseKey(lock, header);
  using secret = await lock.keychain.fetch(keychainId(header));
  if (secret !== undefined) return deriveSealingKey(secret);
  throw new IdentityError("IDENTITY_UNLOCK", "the keychain no longer holds the secret of this sealed key");
}

const DESCRIBED = { phrase: "a generated phrase", own: "a passphrase", keychain: "a secret in the keychain" } as const;

async function passphraseKey({ form, bytes }: Passphrase, { salt, ksf }: SealHeader): Promise<SecretBytes> {
  using text = form === "phrase" ? normalisePhrase(bytes) : normaliseOwn(bytes);
  using stretched = await stretch(text, salt, knownKsf(ksf));
  return deriveSealingKey(stretched);
}

function knownKsf(ksf: Ksf | undefined): Ksf {
  if (ksf === undefined) throw new TypeError("a sealing by passphrase without a key stretching function");
  return ksf;
}
