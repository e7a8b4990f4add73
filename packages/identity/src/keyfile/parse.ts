import { createPrivateKey, type KeyObject } from "node:crypto";
import { publicKeyOf, TufError } from "@countermark/tuf";
import { IdentityError } from "../errors.ts";
import { checkReleaseKey } from "../keys/admissible.ts";
import { wipeAfter } from "../secret/secret-bytes.ts";
import { parseOpenSsh } from "./openssh.ts";

/** Largest key file that is read: RSA of 8,192 bits takes 6.5 kB. */
export const MAX_KEY_FILE_BYTES = 64 * 1024;

const OPENSSH = /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END OPENSSH PRIVATE KEY-----/;
const ENCRYPTED_PEM = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

/**
 * The private key of a file: PEM of PKCS #1, PKCS #8 or SEC 1, or OpenSSH's own format, encrypted or not; Ed25519, ECDSA
 * on P-256, or RSA of 3,072 bits and more. The passphrase is taken byte for byte, as those who made the file did.
 *
 * Throws `IDENTITY_KEY_FILE` for what is none of these, `IDENTITY_KEY` for a key that must not sign, `IDENTITY_LOCKED`
 * where a passphrase is missing, `IDENTITY_UNLOCK` where it is wrong.
 */
export function parsePrivateKey(file: Uint8Array, passphrase?: Uint8Array): KeyObject {
  if (file.length > MAX_KEY_FILE_BYTES) {
    throw new IdentityError("IDENTITY_KEY_FILE", `the key file is larger than ${MAX_KEY_FILE_BYTES} bytes`);
  }
  const key = readKey(file, passphrase);
  checkKey(key);
  return key;
}

/** The text of a file that is not encrypted holds the key: like every string, it lasts until it is collected. */
function readKey(file: Uint8Array, passphrase: Uint8Array | undefined): KeyObject {
  const text = Buffer.from(file).toString("latin1");
  const armoured = OPENSSH.exec(text)?.[1];
  if (armoured === undefined) return readPem(file, text, passphrase);
  return wipeAfter(Buffer.from(armoured, "base64"), (bytes) => {
    try {
      return parseOpenSsh(bytes, passphrase);
    } catch (cause) {
      if (!(cause instanceof IdentityError) || cause.code !== "IDENTITY_SSH") throw cause;
      throw new IdentityError("IDENTITY_KEY_FILE", `the OpenSSH key file cannot be read: ${cause.message}`, { cause });
    }
  });
}

function readPem(file: Uint8Array, text: string, passphrase: Uint8Array | undefined): KeyObject {
  const encrypted = ENCRYPTED_PEM.test(text);
  const given = passphrase !== undefined && passphrase.length > 0;
  if (encrypted && !given) throw new IdentityError("IDENTITY_LOCKED", "the key file is encrypted");
  try {
    const input = { key: Buffer.from(file), format: "pem" } as const;
    return createPrivateKey(encrypted && given ? { ...input, passphrase: Buffer.from(passphrase) } : input);
  } catch (cause) {
    if (encrypted) throw new IdentityError("IDENTITY_UNLOCK", "the passphrase does not open the key file", { cause });
    throw new IdentityError("IDENTITY_KEY_FILE", "the file holds no private key that can be read", {
      hint: hintFor(text),
      cause,
    });
  }
}

function hintFor(text: string): string {
  if (text.startsWith("PuTTY-User-Key-File-"))
    return "puttygen FILE -O private-openssh -o NEW writes it in OpenSSH's format";
  if (/^(?:ssh-|ecdsa-|sk-)|-----BEGIN (?:RSA )?PUBLIC KEY-----/.test(text))
    return "this is the public half; name the private one";
  return "PEM (PKCS #1, PKCS #8, SEC 1) and OpenSSH's format are read";
}

function checkKey(key: KeyObject): void {
  try {
    checkReleaseKey(publicKeyOf(key));
  } catch (cause) {
    if (cause instanceof TufError) throw new IdentityError("IDENTITY_KEY", cause.message, { cause });
    throw cause;
  }
}
