import { open } from "node:fs/promises";
import { writeSecretFile, type SealedSeeds, type SecretBytes } from "@countermark/identity/offline";
import { ed25519Signer, parseJson, TufError, type JsonObject, type Signer } from "@countermark/tuf";
import { ClientError } from "../errors.ts";

/** Largest key file that is read. */
const MAX_KEY_FILE_BYTES = 4096;
const FORMAT = 1;
/** Group and everybody: a group is other people. */
const OPEN_TO_OTHERS = 0o077;

/** An offline key and where it lies. */
export interface OfflineKey {
  readonly path: string;
  /** `root`, `targets` or `shards`. */
  readonly duty: string;
  /** Whoever read it closes it. */
  readonly seed: SecretBytes;
  readonly signer: Signer;
}

/**
 * Reads one offline key, opened by `seeds` if it is sealed; `undefined` where there is no such file.
 * @throws ClientError `CEREMONY_KEYS`; IdentityError as {@link SealedSeeds} does
 */
export async function readOfflineKey(path: string, duty: string, seeds: SealedSeeds): Promise<OfflineKey | undefined> {
  const bytes = await readOwnFile(path);
  if (bytes === undefined) return undefined;
  const members = parseMembers(bytes);
  const isKnown = members.get("countermark-key") === FORMAT && members.get("role") === duty;
  const kept = { clear: members.get("seed"), sealed: members.get("sealed") };
  const seed = isKnown ? await seeds.read(kept, path) : undefined;
  const signer = seed?.use(ed25519Signer);
  if (seed !== undefined && signer !== undefined && signer.publicKey.keyId === members.get("keyid")) {
    return { path, duty, seed, signer };
  }
  seed?.close();
  throw refuse(path, "is not one that this program knows");
}

/** Puts the sealed form of a key in its place, as a whole. Throws IdentityError `IDENTITY_FILE`. */
export async function writeSealedKey({ path, duty, signer }: OfflineKey, sealed: string): Promise<void> {
  const { scheme, keyId } = signer.publicKey;
  const content = { "countermark-key": FORMAT, role: duty, scheme, keyid: keyId, sealed };
  await writeSecretFile(path, Buffer.from(`${JSON.stringify(content, null, 2)}\n`), "replace");
}

async function readOwnFile(path: string): Promise<Uint8Array | undefined> {
  const file = await open(path, "r").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw refuse(path, "cannot be read");
  });
  if (file === undefined) return undefined;
  try {
    const { mode, size } = await file.stat();
    if ((mode & OPEN_TO_OTHERS) !== 0) throw refuse(path, "is open to others than its owner");
    if (size > MAX_KEY_FILE_BYTES) throw refuse(path, "is too long for a key file");
    return await file.readFile();
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

function refuse(path: string, what: string): ClientError {
  return new ClientError("CEREMONY_KEYS", `the key file ${path} ${what}`);
}
