import type { Identity } from "../identity/identity.ts";
import { deriveIdentity, type DerivedAccount, type Passphrase } from "./derive.ts";
import { ARGON2ID_256M } from "./ksf.ts";

/**
 * Opens the identity that a passphrase is: about a second and 256 MiB. Nothing tells whether the passphrase was right:
 * any passphrase is some identity, and the caller compares the public keys with those of the account.
 *
 * It does not judge the passphrase: whoever makes a new identity from one of their own calls `checkOwnPassphrase` before.
 *
 * Throws `IDENTITY_PHRASE`, `IDENTITY_PASSPHRASE`, `IDENTITY_ACCOUNT`, `IDENTITY_MEMORY`.
 */
export async function openPassphraseIdentity(passphrase: Passphrase, account: DerivedAccount): Promise<Identity> {
  return await deriveIdentity(passphrase, account, ARGON2ID_256M);
}
