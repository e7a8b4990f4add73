import { join } from "node:path";
import { sealSeeds, SecretBytes, type Passphrase, type SealedSeeds } from "@countermark/identity/offline";
import type { OfflineHolders } from "@countermark/repository";
import type { Signer } from "@countermark/tuf";
import { newKey, readKeyFile, writeKeyFile, type NewKey } from "./key-file.ts";

/** The offline keys of an index with one operator. */
export interface OfflineKeys {
  readonly root: NewKey;
  readonly targets: NewKey;
  readonly shards: NewKey;
}

const FILES = { root: "root.json", targets: "targets.json", shards: "shards.json" } as const;

/** New offline keys: one of each kind. */
export function newOfflineKeys(): OfflineKeys {
  return { root: newKey("root"), targets: newKey("targets"), shards: newKey("shards") };
}

/** One operator alone holds every duty: thresholds of one. */
export function holdersOf(root: Signer, targets: Signer, shards: Signer): OfflineHolders {
  const alone = (signer: Signer) => ({ signers: [signer], threshold: 1 });
  return { root: alone(root), targets: alone(targets), shards: alone(shards) };
}

/** Writes each offline key into its own file, sealed under the passphrase where there is one, which is overwritten. */
export async function writeOfflineKeys(
  folder: string,
  keys: OfflineKeys,
  passphrase: Passphrase | undefined,
): Promise<void> {
  const duties = [keys.root, keys.targets, keys.shards];
  const sealed = passphrase === undefined ? [] : await sealKeys(duties, passphrase);
  for (const [at, key] of duties.entries()) {
    await writeKeyFile(join(folder, FILES[key.role as keyof typeof FILES]), key, sealed[at]);
  }
}

async function sealKeys(keys: readonly NewKey[], passphrase: Passphrase): Promise<readonly string[]> {
  const seeds = keys.map(({ seed }) => SecretBytes.take(Buffer.from(seed)));
  try {
    return await sealSeeds(seeds, passphrase);
  } finally {
    for (const seed of seeds) seed.close();
    passphrase.bytes.fill(0);
  }
}

/** Reads the offline keys that `init` wrote; `seeds` opens those that are sealed. */
export async function loadOfflineHolders(folder: string, seeds: SealedSeeds): Promise<OfflineHolders> {
  const load = (file: keyof typeof FILES): Promise<Signer> => readKeyFile(join(folder, FILES[file]), file, seeds);
  return holdersOf(await load("root"), await load("targets"), await load("shards"));
}
