import { createDecipheriv } from "node:crypto";
import { IdentityError } from "../errors.ts";
import { malformed, SshReader } from "../ssh/reader.ts";
import { bcryptPbkdf } from "./bcrypt-pbkdf.ts";

/** Each round takes about 30 ms of this thread twice; OpenSSH's own default is 16 or 24. */
export const MAX_BCRYPT_ROUNDS = 1000;
const MAX_SALT_BYTES = 64;

interface Cipher {
  /** As OpenSSH calls it. */
  readonly name: string;
  /** As node:crypto calls it. */
  readonly algorithm: "aes-256-ctr" | "aes-256-cbc" | "aes-256-gcm";
  readonly ivBytes: number;
  readonly tagBytes: number;
}

const KEY_BYTES = 32;
/** aes256-ctr is what OpenSSH writes since 2019, aes256-cbc since the format was made; the others must be asked for. */
const CIPHERS: readonly Cipher[] = [
  { name: "aes256-ctr", algorithm: "aes-256-ctr", ivBytes: 16, tagBytes: 0 },
  { name: "aes256-cbc", algorithm: "aes-256-cbc", ivBytes: 16, tagBytes: 0 },
  { name: "aes256-gcm@openssh.com", algorithm: "aes-256-gcm", ivBytes: 12, tagBytes: 16 },
];

/** How the private part of a file is locked, and the part. */
export interface Locked {
  readonly cipher: string;
  readonly kdf: string;
  readonly kdfOptions: Uint8Array;
  readonly encrypted: Buffer;
  /** The authentication tag behind it, of ciphers that have one. */
  readonly tag: Buffer;
}

/** Bytes of the authentication tag that follows the private part. */
export function tagBytesOf(cipher: string): number {
  return CIPHERS.find(({ name }) => name === cipher)?.tagBytes ?? 0;
}

/**
 * The private part in clear, which the caller overwrites. Throws `IDENTITY_LOCKED` without a passphrase, `IDENTITY_UNLOCK`
 * where an authenticated cipher says no, `IDENTITY_KEY_FILE` for a cipher or cost that is not read.
 */
export function decrypt(locked: Locked, passphrase: Uint8Array | undefined): Buffer {
  if (locked.cipher === "none" && locked.kdf === "none") return Buffer.from(locked.encrypted);
  const cipher = CIPHERS.find(({ name }) => name === locked.cipher);
  if (cipher === undefined || locked.kdf !== "bcrypt") throw unreadable(locked);
  if (passphrase === undefined || passphrase.length === 0) {
    throw new IdentityError("IDENTITY_LOCKED", "the key file is encrypted");
  }
  const { salt, rounds } = readOptions(locked.kdfOptions);
  const secret = bcryptPbkdf(passphrase, salt, rounds, KEY_BYTES + cipher.ivBytes);
  try {
    return decipher(cipher, secret, locked);
  } catch (cause) {
    throw new IdentityError("IDENTITY_UNLOCK", "the passphrase does not open the key file", { cause });
  } finally {
    secret.fill(0);
  }
}

function decipher({ algorithm, tagBytes }: Cipher, secret: Buffer, { encrypted, tag }: Locked): Buffer {
  const [key, iv] = [secret.subarray(0, KEY_BYTES), secret.subarray(KEY_BYTES)];
  if (algorithm === "aes-256-gcm") {
    const gcm = createDecipheriv(algorithm, key, iv, { authTagLength: tagBytes });
    gcm.setAuthTag(tag);
    return Buffer.concat([gcm.update(encrypted), gcm.final()]);
  }
  const plain = createDecipheriv(algorithm, key, iv);
  plain.setAutoPadding(false);
  return Buffer.concat([plain.update(encrypted), plain.final()]);
}

function readOptions(bytes: Uint8Array): { salt: Buffer; rounds: number } {
  const reader = new SshReader(bytes);
  const salt = reader.string();
  const rounds = reader.uint32();
  reader.end();
  if (salt.length === 0 || salt.length > MAX_SALT_BYTES || rounds === 0)
    throw malformed("asks for an impossible bcrypt");
  if (rounds <= MAX_BCRYPT_ROUNDS) return { salt, rounds };
  throw new IdentityError(
    "IDENTITY_KEY_FILE",
    `the key file asks for ${rounds} rounds of bcrypt, more than ${MAX_BCRYPT_ROUNDS}`,
  );
}

function unreadable({ cipher, kdf }: Locked): IdentityError {
  return new IdentityError("IDENTITY_KEY_FILE", `key files encrypted with ${cipher} and ${kdf} are not read`, {
    hint: "ssh-keygen -p -Z aes256-ctr -f FILE writes it anew",
  });
}
