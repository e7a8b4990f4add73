import type { JsonObject } from "../json/value.ts";

/** A public key as metadata carries it (TUF 4.2), checked and ready to verify. */
export interface PublicKey {
  /** The label that the metadata gave it. A label only: two labels may name one key. */
  readonly keyId: string;
  /** `ed25519`, `ecdsa` (or, in old metadata, its scheme), `rsa`. */
  readonly keyType: string;
  /** `ed25519`, `ecdsa-sha2-nistp256`, `ecdsa-sha2-nistp384`, `rsassa-pss-sha256`. */
  readonly scheme: string;
  /**
   * Lower-case hex of the SHA-256 of the decoded public key, what counts towards a threshold: the 32 bytes of Ed25519, the
   * uncompressed point of ECDSA, the PKCS #1 DER of RSA.
   */
  readonly identity: string;
  /** The key object as it stood in the metadata, unknown fields included. */
  readonly json: JsonObject;
  /** Whether `signature` over `message` is this key's. Never throws on a malformed signature. */
  verify(message: Uint8Array, signature: Uint8Array): boolean;
}

/** Whoever can sign one message with one key: a file, a token, an external process. */
export interface Signer {
  readonly publicKey: PublicKey;
  sign(message: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** Yields the key object. Few readers of a large role ever ask for it, so it is made when they do. */
export type KeyJson = () => JsonObject;
