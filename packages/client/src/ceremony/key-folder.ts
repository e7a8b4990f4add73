import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SealedSeeds } from "@countermark/identity/offline";
import {
  decodeCeremonyRecord,
  encodeCeremonyRecord,
  type CeremonyRecord,
  type HoldersKeys,
} from "@countermark/repository";
import { ClientError } from "../errors.ts";
import { readOfflineKey, type OfflineKey } from "./key-file.ts";

const DUTIES = ["root", "targets", "shards"] as const satisfies readonly (keyof HoldersKeys)[];
const RECORD = "ceremony.json";

/**
 * The offline keys in a folder: those of `root.json`, `targets.json`, `shards.json` that are there. A holder of one duty
 * has one file. Whoever read them closes their seeds.
 * @throws ClientError `CEREMONY_KEYS`; IdentityError as {@link SealedSeeds} does
 */
export async function readOfflineKeys(folder: string, seeds: SealedSeeds): Promise<readonly OfflineKey[]> {
  const keys: OfflineKey[] = [];
  try {
    for (const duty of DUTIES) {
      const key = await readOfflineKey(join(folder, `${duty}.json`), duty, seeds);
      if (key !== undefined) keys.push(key);
    }
  } catch (error) {
    closeAll(keys);
    throw error;
  }
  if (keys.length > 0) return keys;
  throw new ClientError("CEREMONY_KEYS", `there is no offline key in ${folder}`, {
    hint: "name the folder with root.json, targets.json or shards.json as --keys",
  });
}

/** The same as signers, by what they are for. Throws as {@link readOfflineKeys}. */
export async function readHoldersKeys(folder: string, seeds: SealedSeeds): Promise<HoldersKeys> {
  const keys = await readOfflineKeys(folder, seeds);
  closeAll(keys);
  const of = (duty: string) => keys.filter((key) => key.duty === duty).map(({ signer }) => signer);
  return { root: of("root"), targets: of("targets"), shards: of("shards") };
}

/** Overwrites the seeds. */
export function closeAll(keys: readonly OfflineKey[]): void {
  for (const { seed } of keys) seed.close();
}

/** What this holder remembers of the last ceremony. Throws `CEREMONY_KEYS` where nothing is remembered. */
export async function readRecord(folder: string): Promise<CeremonyRecord> {
  const path = join(folder, RECORD);
  try {
    return decodeCeremonyRecord(await readFile(path));
  } catch (cause) {
    throw new ClientError("CEREMONY_KEYS", `the record of the last ceremony, ${path}, is missing or cannot be read`, {
      hint: "without it nothing tells a forgery from what was signed: bring it from where a copy of the keys lies",
      cause,
    });
  }
}

/** Puts a new record in the old one's place, as a whole. */
export async function writeRecord(folder: string, record: CeremonyRecord): Promise<void> {
  const [path, next] = [join(folder, RECORD), join(folder, `${RECORD}.next`)];
  await writeFile(next, encodeCeremonyRecord(record), { mode: 0o600, flush: true });
  await rename(next, path);
}
