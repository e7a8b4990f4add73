import type { Identity } from "../identity/identity.ts";
import { readSecretDescriptor } from "../secret/read-descriptor.ts";
import { readSecretFile } from "../secret/read-secret-file.ts";
import { identityOfCiKey, MAX_CI_KEY_BYTES } from "./ci-key.ts";

/** Where a CI key is: a file, or an open descriptor, which leaves nothing on the disk. */
export type CiKeySource = { readonly path: string } | { readonly descriptor: number };

/** Opens the identity of a CI key. Throws `IDENTITY_FILE`, and as `identityOfCiKey` does. */
export async function openCiIdentity(source: CiKeySource, now: () => number): Promise<Identity> {
  const file =
    "path" in source
      ? await readSecretFile(source.path, MAX_CI_KEY_BYTES)
      : await readSecretDescriptor(source.descriptor, MAX_CI_KEY_BYTES);
  try {
    return identityOfCiKey(file, now);
  } finally {
    file.fill(0);
  }
}
