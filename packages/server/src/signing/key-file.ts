import { open } from "node:fs/promises";
import { readClearSeed, type SealedSeeds, type SecretBytes } from "@countermark/identity/offline";
import {
  computeKeyId,
  ed25519Signer,
  generateEd25519,
  parseJson,
  readPublicKey,
  type JsonObject,
  type JsonValue,
  type Signer,
} from "@countermark/tuf";
import { ServerError, systemError } from "../errors.ts";
import { writeWholeFile } from "../storage/durable.ts";
import { ProcessSigner } from "./process-signer.ts";

/** Largest key file that is read. */
const MAX_KEY_FILE_BYTES = 4096;
const FORMAT = 1;
/** Owner only. */
const KEY_FILE_MODE = 0o600;
/** Group and everybody: a group is other people. */
const OPEN_TO_OTHERS = 0o077;

/** A key that was made here and is written nowhere yet. */
export interface NewKey {
  /** What it signs: `root`, `snapshot`, … */
  readonly role: string;
  readonly seed: Uint8Array;
  readonly signer: Signer;
}

/** A new Ed25519 key for one role. */
export function newKey(role: string): NewKey {
  return { role, ...generateEd25519() };
}

/**
 * Writes a key where none stands yet, readable by its owner only: with its seed in clear, or sealed under a passphrase where
 * the sealed text is given.
 */
export async function writeKeyFile(path: string, { role, seed, signer }: NewKey, sealed?: string): Promise<void> {
  const content = {
    "countermark-key": FORMAT,
    role,
    scheme: signer.publicKey.scheme,
    keyid: signer.publicKey.keyId,
    ...(sealed === undefined ? { seed: Buffer.from(seed).toString("hex") } : { sealed }),
  };
  await writeWholeFile(path, `${JSON.stringify(content, null, 2)}\n`, { mode: KEY_FILE_MODE, replace: false });
}

/**
 * Reads the key of a role. Refuses a file that others may read: such a key is not one's own any more. Sealed keys are those
 * of holders: where nothing is given to open them, as for a key that the index signs with by itself, they are refused.
 * @throws ServerError `KEY_FILE`; IdentityError as {@link SealedSeeds} does
 */
export async function readKeyFile(path: string, role: string, seeds?: SealedSeeds): Promise<Signer> {
  const members = jsonMembers(path, await readOwnFile(path));
  if (members.get("countermark-key") !== FORMAT) throw refuse(path, "is not a key file that this program knows");
  if (members.get("role") !== role) throw refuse(path, `is not the key of ${role}`);
  if (members.has("command")) return heldElsewhere(path, role, members);
  if (members.get("scheme") !== "ed25519") throw refuse(path, "is not a key file that this program knows");
  using seed = await seedOf(path, members, seeds);
  const signer = seed.use(ed25519Signer);
  if (signer.publicKey.keyId !== members.get("keyid")) throw refuse(path, "holds another key than it says");
  return signer;
}

async function seedOf(
  path: string,
  members: ReadonlyMap<string, JsonValue>,
  seeds: SealedSeeds | undefined,
): Promise<SecretBytes> {
  const [sealed, clear] = [members.get("sealed"), members.get("seed")];
  if (seeds === undefined && sealed !== undefined) {
    throw refuse(path, "is sealed under a passphrase, and nobody is asked for one here");
  }
  const seed = await (seeds === undefined ? readClearSeed(clear) : seeds.read({ clear, sealed }, path));
  if (seed === undefined) throw refuse(path, "holds no key");
  return seed;
}

/** A key that another program holds (docs/operate/signers.md). */
function heldElsewhere(path: string, role: string, members: ReadonlyMap<string, JsonValue>): Signer {
  const [command, key] = [members.get("command"), members.get("key")];
  if (!isCommand(command)) throw refuse(path, "has a command that is no list of texts");
  if (!(key instanceof Map)) throw refuse(path, "says nothing of its public key");
  const json = key as JsonObject;
  if (computeKeyId(json) !== members.get("keyid")) throw refuse(path, "holds another key than it says");
  try {
    return new ProcessSigner(role, readPublicKey(computeKeyId(json), json), command);
  } catch (error) {
    throw refuse(path, `holds no key that can be used: ${(error as Error).message}`);
  }
}

function isCommand(value: JsonValue | undefined): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((part) => typeof part === "string");
}

/** The bytes of a small file that only its owner may read. */
export async function readOwnFile(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path, "r");
    try {
      const { mode, size } = await file.stat();
      if ((mode & OPEN_TO_OTHERS) !== 0)
        throw refuse(path, "is open to others than its owner", `run 'chmod 600 ${path}'`);
      if (size > MAX_KEY_FILE_BYTES) throw refuse(path, "is too long for a key file");
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    const known = systemError(error, `cannot read the key file ${path}`);
    if (known instanceof ServerError && known.code === "NO_SUCH_PATH") throw refuse(path, "is missing");
    throw known;
  }
}

function jsonMembers(path: string, bytes: Uint8Array): ReadonlyMap<string, JsonValue> {
  try {
    const value = parseJson(bytes);
    if (value instanceof Map) return value as ReadonlyMap<string, JsonValue>;
  } catch {
    // Refused below, with the path and without the content.
  }
  throw refuse(path, "is not a key file that this program knows");
}

function refuse(path: string, what: string, hint?: string): ServerError {
  return new ServerError("KEY_FILE", `key file ${path} ${what}`, hint === undefined ? {} : { hint });
}
