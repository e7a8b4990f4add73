import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { IdentityError } from "../errors.ts";
import { KSFS, ksfOf, type Ksf } from "../passphrase/ksf.ts";
import { SecretBytes } from "../secret/secret-bytes.ts";

const KEY_BYTES = 32;
const SALT_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = "aes-256-gcm";

const BEGIN = "-----BEGIN COUNTERMARK SEALED KEY-----\n";
const END = "\n-----END COUNTERMARK SEALED KEY-----\n";
const MAGIC = Buffer.from("countermark-sealed-key-v1\0", "ascii");
const HEADER_BYTES = MAGIC.length + 2 + SALT_BYTES + NONCE_BYTES;
const FILE_BYTES = HEADER_BYTES + KEY_BYTES + TAG_BYTES;
/** Largest sealed file that is read: all have the same size. */
export const MAX_SEALED_BYTES = BEGIN.length + Math.ceil(FILE_BYTES / 3) * 4 + END.length;

/** What opens a sealed key: a generated phrase, a passphrase of one's own, or a secret that a keychain holds. */
export type LockKind = "phrase" | "own" | "keychain";

/** Their bytes in the file. */
const LOCK_BYTES: Readonly<Record<LockKind, number>> = { phrase: 1, own: 2, keychain: 3 };
/** In place of a key stretching function, where there is nothing to stretch. */
const NO_KSF = 0;

/** What stands in clear, and is bound to what is sealed. */
export interface SealHeader {
  readonly lock: LockKind;
  /** `undefined` for a keychain's secret, which needs none. */
  readonly ksf: Ksf | undefined;
  /** 32 bytes, other ones for each sealing. */
  readonly salt: Uint8Array;
}

/** A sealed key as it was read, and not yet opened. */
export interface SealedKey extends SealHeader {
  readonly header: Buffer;
  readonly sealed: Buffer;
}

/** A header for a new sealing. */
export function newHeader(lock: LockKind, ksf: Ksf | undefined): SealHeader {
  return { lock, ksf, salt: randomBytes(SALT_BYTES) };
}

/**
 * A sealed file: magic and version, lock, ksf id, salt, nonce; then AES-256-GCM over the key, with all of that as
 * associated data. No cost stands in it, only the number of one that is compiled in. Both secrets stay the caller's.
 */
export function seal(key: SecretBytes, sealingKey: SecretBytes, { lock, ksf, salt }: SealHeader): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const header = Buffer.concat([MAGIC, Uint8Array.of(LOCK_BYTES[lock], ksf?.id ?? NO_KSF), salt, nonce]);
  const sealed = sealingKey.use((secret) => {
    const cipher = createCipheriv(CIPHER, secret, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(header);
    const encrypted = key.use((bytes) => cipher.update(bytes));
    return Buffer.concat([encrypted, cipher.final(), cipher.getAuthTag()]);
  });
  return Buffer.from(BEGIN + Buffer.concat([header, sealed]).toString("base64") + END, "ascii");
}

/** Reads a sealed file without opening it. Throws `IDENTITY_KEY_FILE`. */
export function parseSealed(file: Uint8Array, known: readonly Ksf[] = KSFS): SealedKey {
  const text = Buffer.from(file.subarray(0, MAX_SEALED_BYTES + 1)).toString("latin1");
  const base64 = text.startsWith(BEGIN) && text.endsWith(END) ? text.slice(BEGIN.length, -END.length) : "";
  const bytes = Buffer.from(base64, "base64");
  const proper = bytes.length === FILE_BYTES && bytes.toString("base64") === base64;
  if (!proper || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new IdentityError("IDENTITY_KEY_FILE", "the file is no sealed key that this version reads");
  }
  const [lockByte = 0, ksfId = 0] = bytes.subarray(MAGIC.length);
  const header = bytes.subarray(0, HEADER_BYTES);
  const salt = header.subarray(MAGIC.length + 2, MAGIC.length + 2 + SALT_BYTES);
  return { ...readLock(lockByte, ksfId, known), salt, header, sealed: bytes.subarray(HEADER_BYTES) };
}

/** The key inside. Throws `IDENTITY_UNLOCK` for another sealing key, or where a bit of the file was changed. */
export function unseal({ header, sealed }: SealedKey, sealingKey: SecretBytes): SecretBytes {
  const nonce = header.subarray(-NONCE_BYTES);
  try {
    return sealingKey.use((secret) => {
      const decipher = createDecipheriv(CIPHER, secret, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(header).setAuthTag(sealed.subarray(KEY_BYTES));
      const key = decipher.update(sealed.subarray(0, KEY_BYTES));
      decipher.final();
      return SecretBytes.take(key);
    });
  } catch (cause) {
    throw new IdentityError("IDENTITY_UNLOCK", "the sealed key does not open: a wrong secret, or a changed file", {
      cause,
    });
  }
}

function readLock(lockByte: number, ksfId: number, known: readonly Ksf[]): { lock: LockKind; ksf: Ksf | undefined } {
  const ksf = ksfOf(ksfId, known);
  if (lockByte === LOCK_BYTES.keychain && ksfId === NO_KSF) return { lock: "keychain", ksf: undefined };
  if (lockByte === LOCK_BYTES.phrase && ksf !== undefined) return { lock: "phrase", ksf };
  if (lockByte === LOCK_BYTES.own && ksf !== undefined) return { lock: "own", ksf };
  throw new IdentityError("IDENTITY_KEY_FILE", "the sealed key has a lock that this version does not know", {
    hint: "a newer version may have sealed it: update countermark",
  });
}
