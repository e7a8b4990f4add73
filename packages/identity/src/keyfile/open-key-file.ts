import type { Identity } from "../identity/identity.ts";
import type { Account } from "../keys/account.ts";
import { readSecretFile } from "../secret/read-secret-file.ts";
import { identityOfKeyFile } from "./identity.ts";
import { MAX_KEY_FILE_BYTES } from "./parse.ts";

/**
 * Opens the identity of a key file. The passphrase stays the caller's, who overwrites it. Throws `IDENTITY_FILE`, and as
 * `identityOfKeyFile` does.
 */
export async function openKeyFileIdentity(path: string, account: Account, passphrase?: Uint8Array): Promise<Identity> {
  const file = await readSecretFile(path, MAX_KEY_FILE_BYTES);
  try {
    return identityOfKeyFile(file, account, passphrase);
  } finally {
    file.fill(0);
  }
}
