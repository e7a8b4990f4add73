import { createPrivateKey, type KeyObject } from "node:crypto";
import { keyObjectSigner, type PublicKey, type Signer } from "@countermark/tuf";
import { IdentityError } from "../errors.ts";
import { wipeAfter, type SecretBytes } from "../secret/secret-bytes.ts";

const SEED_BYTES = 32;
/** DER of a PKCS #8 Ed25519 key up to the 32 bytes of its seed (RFC 8410, 7). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/**
 * One private key, wherever it lives. It takes bytes to sign and so never leaves this package: what an identity shows is
 * `signRole` and `signStatement`.
 */
export interface KeyHandle extends Signer {
  readonly publicKey: PublicKey;
  /** Lets go of the key. Signing throws `IDENTITY_CLOSED` from then on. */
  close(): void;
}

/** The handle of a private key of node:crypto. Throws as tuf's `publicKeyOf` does. */
export function keyObjectHandle(key: KeyObject): KeyHandle {
  let signer: Signer | undefined = keyObjectSigner(key);
  return {
    publicKey: signer.publicKey,
    sign(message) {
      if (signer === undefined) throw new IdentityError("IDENTITY_CLOSED", "the key was closed before");
      return signer.sign(message);
    },
    close() {
      // OpenSSL overwrites the private key when the last reference is collected.
      signer = undefined;
    },
  };
}

/** The handle of the Ed25519 key of a 32-byte seed (RFC 8032, 5.1.5). The seed stays the caller's. */
export function seedHandle(seed: SecretBytes): KeyHandle {
  return keyObjectHandle(ed25519KeyObject(seed));
}

/** Throws `IDENTITY_KEY` for a seed of another length. */
export function ed25519KeyObject(seed: SecretBytes): KeyObject {
  return seed.use((bytes) => {
    if (bytes.length !== SEED_BYTES) {
      throw new IdentityError("IDENTITY_KEY", `an Ed25519 seed has ${SEED_BYTES} bytes, not ${bytes.length}`);
    }
    return wipeAfter(Buffer.concat([PKCS8_PREFIX, bytes]), (der) =>
      createPrivateKey({ key: der, format: "der", type: "pkcs8" }),
    );
  });
}
