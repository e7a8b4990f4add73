import { newSealingKey, sealingKeyOf } from "../device/locks.ts";
import { newHeader, parseSealed, seal, unseal, type SealedKey } from "../device/sealed-key.ts";
import { IdentityError } from "../errors.ts";
import type { Passphrase } from "../passphrase/derive.ts";
import { ARGON2ID_256M, KSFS, type Ksf } from "../passphrase/ksf.ts";
import { SecretBytes } from "../secret/secret-bytes.ts";

/** A seed in clear, as a key file holds it. */
const CLEAR_SEED = /^[0-9a-f]{64}$/;

/**
 * Gives the passphrase of sealed keys, in the form in which they were sealed; `undefined` where there is none but those
 * that were given before. The bytes are overwritten by whoever asked.
 */
export type AskPassphrase = (form: Passphrase["form"]) => Promise<Passphrase | undefined>;

/** What a key file holds of its seed: one of the two. Neither was looked at yet. */
export interface KeptSeed {
  /** Hex. */
  readonly clear: unknown;
  /** The text of a sealed key. */
  readonly sealed: unknown;
}

/** A passphrase that was given, kept for the other files that it may open. */
interface Given {
  readonly form: Passphrase["form"];
  readonly secret: SecretBytes;
}

/**
 * Seals 32-byte seeds in the form of a machine's sealed key (device/sealed-key.ts), each in a text of its own. They share
 * one salt, and so one stretching, in which about a second goes; the nonces differ. Seeds and passphrase stay the caller's.
 * Throws as passphrases do, and `IDENTITY_MEMORY`.
 */
export async function sealSeeds(
  seeds: readonly SecretBytes[],
  passphrase: Passphrase,
  ksf: Ksf = ARGON2ID_256M,
): Promise<readonly string[]> {
  const header = newHeader(passphrase.form, ksf);
  using key = await newSealingKey(passphrase, header);
  return seeds.map((seed) => seal(seed, key, header).toString("ascii"));
}

/** A seed that lies in clear; `undefined` for what is none. */
export function readClearSeed(text: unknown): SecretBytes | undefined {
  return typeof text === "string" && CLEAR_SEED.test(text) ? SecretBytes.take(Buffer.from(text, "hex")) : undefined;
}

/**
 * Opens the seeds of key files. A passphrase is asked for when the first sealed one is opened, and again only for files that
 * were sealed apart and do not open with it. Whoever made it closes it: then nothing of what was asked is left.
 */
export class SealedSeeds implements Disposable {
  readonly #ask: AskPassphrase;
  readonly #known: readonly Ksf[];
  readonly #given: Given[] = [];
  /** Sealing keys that have opened something, by salt and function. */
  readonly #keys = new Map<string, SecretBytes>();
  readonly #clear: string[] = [];

  constructor(ask: AskPassphrase = () => Promise.resolve(undefined), known: readonly Ksf[] = KSFS) {
    this.#ask = ask;
    this.#known = known;
  }

  /** The names of those that were read and not sealed. */
  get clear(): readonly string[] {
    return this.#clear;
  }

  /**
   * The seed of a key file, which messages call `name`; `undefined` where there is none.
   * Throws `IDENTITY_KEY_FILE` for what is no sealed key, `IDENTITY_UNLOCK` for a wrong passphrase or a changed text,
   * `IDENTITY_LOCKED` for one that no passphrase opens or where none is given, and as the asking does.
   */
  async read({ clear, sealed }: KeptSeed, name: string): Promise<SecretBytes | undefined> {
    if (typeof sealed === "string") return await this.#open(sealed, name);
    const seed = readClearSeed(clear);
    if (seed !== undefined) this.#clear.push(name);
    return seed;
  }

  [Symbol.dispose](): void {
    for (const { secret } of this.#given.splice(0)) secret.close();
    for (const key of this.#keys.values()) key.close();
    this.#keys.clear();
  }

  async #open(text: string, name: string): Promise<SecretBytes> {
    try {
      return await this.#unseal(parseSealed(Buffer.from(text, "latin1"), this.#known));
    } catch (error) {
      if (!(error instanceof IdentityError) || !OF_ONE_FILE.has(error.code)) throw error;
      const { code, message, hint, cause } = error;
      throw new IdentityError(code, `${name}: ${message}`, { ...(hint !== undefined && { hint }), cause });
    }
  }

  async #unseal(sealed: SealedKey): Promise<SecretBytes> {
    const key = this.#keys.get(idOf(sealed));
    if (key !== undefined) return unseal(sealed, key);
    const { lock } = sealed;
    if (lock === "keychain") throw new IdentityError("IDENTITY_LOCKED", "a keychain opens it, and no passphrase");
    for (const given of this.#given.filter(({ form }) => form === lock)) {
      const seed = await this.#try(sealed, given).catch(tolerateWrong);
      if (seed !== undefined) return seed;
    }
    return await this.#try(sealed, await this.#askFor(lock));
  }

  async #askFor(form: Passphrase["form"]): Promise<Given> {
    const passphrase = await this.#ask(form);
    if (passphrase !== undefined) {
      const given = { form: passphrase.form, secret: SecretBytes.take(passphrase.bytes) };
      this.#given.push(given);
      return given;
    }
    throw this.#given.length === 0
      ? new IdentityError("IDENTITY_LOCKED", "it is sealed, and no passphrase was given")
      : new IdentityError("IDENTITY_UNLOCK", "it was sealed under another passphrase than the one that was given");
  }

  async #try(sealed: SealedKey, { form, secret }: Given): Promise<SecretBytes> {
    const key = await secret.use((bytes) => sealingKeyOf({ form, bytes }, sealed));
    try {
      const seed = unseal(sealed, key);
      this.#keys.set(idOf(sealed), key);
      return seed;
    } catch (error) {
      key.close();
      throw error;
    }
  }
}

/** Refusals that are about one file. */
const OF_ONE_FILE: ReadonlySet<string> = new Set(["IDENTITY_KEY_FILE", "IDENTITY_LOCKED", "IDENTITY_UNLOCK"]);

function idOf({ salt, ksf }: SealedKey): string {
  return `${ksf?.id ?? 0} ${Buffer.from(salt).toString("hex")}`;
}

function tolerateWrong(error: unknown): undefined {
  if (!(error instanceof IdentityError) || error.code !== "IDENTITY_UNLOCK") throw error;
}
