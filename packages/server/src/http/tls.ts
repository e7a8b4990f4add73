import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import type { SecureContextOptions } from "node:tls";
import { ServerError, systemError } from "../errors.ts";

/** Where certificate chain and private key lie, both PEM. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** Most bytes of either file. */
const MAX_BYTES = 256 * 1024;
const OTHERS = 0o007;

/** TLS 1.2 only with forward secrecy and authenticated encryption; TLS 1.3 has nothing else (RFC 9325, 4.2). */
export const TLS_SETTINGS = {
  minVersion: "TLSv1.2",
  ciphers: [
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
  ].join(":"),
} as const;

/**
 * Reads both files and makes sure that they belong together, so that a reload never takes over half a renewal.
 * @throws ServerError `TLS_FILES`, `NO_SUCH_PATH`, `NO_PERMISSION`
 */
export function readTlsFiles({ cert, key }: TlsFiles): SecureContextOptions {
  const [certificate, privateKey] = [readPem(cert), readPem(key)];
  if ((statSync(key).mode & OTHERS) !== 0) {
    throw refuse(`${key} is open to every user of this machine`, `run 'chmod o= ${key}'`);
  }
  let fits: boolean;
  try {
    fits = new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey));
  } catch (cause) {
    throw refuse(`${cert} and ${key} are not a certificate and its unencrypted key (PEM)`, undefined, cause);
  }
  if (!fits) throw refuse(`${key} is not the key of the certificate in ${cert}`, "name the pair that belongs together");
  return { cert: certificate, key: privateKey };
}

function readPem(path: string): Buffer {
  try {
    if (statSync(path).size > MAX_BYTES) throw refuse(`${path} is larger than ${MAX_BYTES} bytes`);
    return readFileSync(path);
  } catch (error) {
    throw systemError(error, `cannot read ${path}`);
  }
}

function refuse(message: string, hint?: string, cause?: unknown): ServerError {
  return new ServerError("TLS_FILES", message, { ...(hint !== undefined && { hint }), cause });
}
