import { join } from "node:path";
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

/** Writes each offline key into its own file. */
export async function writeOfflineKeys(folder: string, keys: OfflineKeys): Promise<void> {
  await writeKeyFile(join(folder, FILES.root), keys.root);
  await writeKeyFile(join(folder, FILES.targets), keys.targets);
  await writeKeyFile(join(folder, FILES.shards), keys.shards);
}

/** Reads the offline keys that `init` wrote. */
export async function loadOfflineHolders(folder: string): Promise<OfflineHolders> {
  const load = (file: keyof typeof FILES): Promise<Signer> => readKeyFile(join(folder, FILES[file]), file);
  return holdersOf(await load("root"), await load("targets"), await load("shards"));
}
