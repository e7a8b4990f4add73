import { sealSeeds, type Passphrase, type SealedSeeds } from "@countermark/identity/offline";
import { writeSealedKey } from "./key-file.ts";
import { closeAll, readOfflineKeys } from "./key-folder.ts";

/**
 * Seals every offline key of a folder under a new passphrase, which is asked for when all of them were read; `seeds` opens
 * those that are sealed already. Each file is replaced as a whole: interrupted, some are sealed under the new passphrase and
 * the rest as before, and the same command ends it. The record beside them stays.
 * @returns the paths of what was sealed
 * @throws ClientError `CEREMONY_KEYS`; IdentityError as {@link SealedSeeds}, {@link sealSeeds} and the asking do
 */
export async function sealKeys(
  folder: string,
  seeds: SealedSeeds,
  askPassphrase: () => Promise<Passphrase>,
): Promise<readonly string[]> {
  const keys = await readOfflineKeys(folder, seeds);
  try {
    const passphrase = await askPassphrase();
    const seeds = keys.map(({ seed }) => seed);
    const sealed = await sealSeeds(seeds, passphrase).finally(() => passphrase.bytes.fill(0));
    for (const [at, key] of keys.entries()) await writeSealedKey(key, sealed[at] ?? "");
    return keys.map(({ path }) => path);
  } finally {
    closeAll(keys);
  }
}
