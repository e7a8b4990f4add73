import { join } from "node:path";
import type { OnlineSigners } from "@countermark/repository";
import type { Signer } from "@countermark/tuf";
import { newKey, readKeyFile, writeKeyFile, type NewKey } from "./key-file.ts";

/** The online duties and their key files: one key each, so that each can be turned or moved away by itself. */
const ONLINE_FILES = {
  snapshot: "snapshot.json",
  timestamp: "timestamp.json",
  status: "status.json",
  recentlyClaimed: "recently-claimed.json",
  unclaimed: "unclaimed.json",
} as const;

type OnlineDuty = keyof typeof ONLINE_FILES;
const DUTIES = Object.keys(ONLINE_FILES) as OnlineDuty[];

function forEachDuty<T>(make: (duty: OnlineDuty) => T): Record<OnlineDuty, T> {
  return Object.fromEntries(DUTIES.map((duty) => [duty, make(duty)])) as Record<OnlineDuty, T>;
}

function roleOf(duty: OnlineDuty): string {
  return ONLINE_FILES[duty].replace(".json", "");
}

/** New keys for every online duty. */
export function newOnlineKeys(): Record<OnlineDuty, NewKey> {
  return forEachDuty((duty) => newKey(roleOf(duty)));
}

/** The signers of keys that were just made. */
export function signersOf(keys: Record<OnlineDuty, NewKey>): Record<OnlineDuty, Signer> {
  return forEachDuty((duty) => keys[duty].signer);
}

/** Writes each online key into its own file. */
export async function writeOnlineKeys(folder: string, keys: Record<OnlineDuty, NewKey>): Promise<void> {
  for (const duty of DUTIES) await writeKeyFile(join(folder, ONLINE_FILES[duty]), keys[duty]);
}

/**
 * The online signers of an index whose keys lie in files. Whoever can read this folder is the index (TRUST.md 1); a
 * signer may as well speak to another process or a token: nothing beyond this module knows where a key lies.
 */
export async function loadOnlineSigners(folder: string): Promise<OnlineSigners> {
  const load = (duty: OnlineDuty): Promise<Signer> => readKeyFile(join(folder, ONLINE_FILES[duty]), roleOf(duty));
  return {
    snapshot: await load("snapshot"),
    timestamp: await load("timestamp"),
    status: await load("status"),
    recentlyClaimed: await load("recentlyClaimed"),
    unclaimed: await load("unclaimed"),
  };
}
