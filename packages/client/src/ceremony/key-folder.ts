import { open, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  decodeCeremonyRecord,
  encodeCeremonyRecord,
  type CeremonyRecord,
  type HoldersKeys,
} from "@countermark/repository";
import { ed25519Signer, parseJson, TufError, type JsonObject, type Signer } from "@countermark/tuf";
import { ClientError } from "../errors.ts";

/** Largest key file that is read. */
const MAX_KEY_FILE_BYTES = 4096;
const RECORD = "ceremony.json";
const SEED = /^[0-9a-f]{64}$/;
/** Group and everybody: a group is other people. */
const OPEN_TO_OTHERS = 0o077;

/**
 * The offline keys in a folder: those of `root.json`, `targets.json`, `shards.json` that are there. A holder of one duty
 * has one file.
 * @throws ClientError `CEREMONY_KEYS`
 */
export async function readHoldersKeys(folder: string): Promise<HoldersKeys> {
  const keysOf = async (duty: keyof HoldersKeys): Promise<readonly Signer[]> => {
    const key = await readKey(join(folder, `${duty}.json`), duty);
    return key === undefined ? [] : [key];
  };
  const keys = { root: await keysOf("root"), targets: await keysOf("targets"), shards: await keysOf("shards") };
  if (keys.root.length + keys.targets.length + keys.shards.length > 0) return keys;
  throw new ClientError("CEREMONY_KEYS", `there is no offline key in ${folder}`, {
    hint: "name the folder with root.json, targets.json or shards.json as --keys",
  });
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

async function readKey(path: string, duty: string): Promise<Signer | undefined> {
  const refuse = (what: string): ClientError => new ClientError("CEREMONY_KEYS", `the key file ${path} ${what}`);
  const file = await open(path, "r").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw refuse("cannot be read");
  });
  if (file === undefined) return undefined;
  try {
    const { mode, size } = await file.stat();
    if ((mode & OPEN_TO_OTHERS) !== 0) throw refuse("is open to others than its owner");
    if (size > MAX_KEY_FILE_BYTES) throw refuse("is too long for a key file");
    return signerOf(parseMembers(await file.readFile()), duty) ?? fail(refuse("is not one that this program knows"));
  } finally {
    await file.close();
  }
}

function parseMembers(bytes: Uint8Array): JsonObject {
  try {
    const value = parseJson(bytes);
    return value instanceof Map ? (value as JsonObject) : new Map();
  } catch (error) {
    if (error instanceof TufError) return new Map();
    throw error;
  }
}

function signerOf(members: JsonObject, duty: string): Signer | undefined {
  const seed = members.get("seed");
  const isKnown = members.get("countermark-key") === 1 && members.get("role") === duty;
  if (!isKnown || typeof seed !== "string" || !SEED.test(seed)) return undefined;
  const signer = ed25519Signer(Buffer.from(seed, "hex"));
  return signer.publicKey.keyId === members.get("keyid") ? signer : undefined;
}

function fail(error: ClientError): never {
  throw error;
}
