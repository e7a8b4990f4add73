import type { Identity } from "../identity/identity.ts";
import { TwoKeyIdentity } from "../identity/two-keys.ts";
import { checkAccount, type Account } from "../keys/account.ts";
import { deriveSeed, type Label } from "../keys/derive.ts";
import { seedHandle, type KeyHandle } from "../keys/key-handle.ts";
import { ARGON2ID_256M, KSFS, type Ksf } from "../passphrase/ksf.ts";
import { readSecretFile } from "../secret/read-secret-file.ts";
import { SecretBytes } from "../secret/secret-bytes.ts";
import { writeSecretFile } from "../secret/write-secret-file.ts";
import { keychainId, newSealingKey, sealingKeyOf, type DeviceLock } from "./locks.ts";
import { MAX_SEALED_BYTES, newHeader, parseSealed, seal, unseal, type SealedKey } from "./sealed-key.ts";

const MASTER_BYTES = 32;

/**
 * Sealed files at one price for new ones and a list of all that open. The package has one, at full price
 * (`deviceFiles`); tests of this package make cheaper ones.
 */
export class DeviceFiles {
  readonly #ksf: Ksf;
  readonly #known: readonly Ksf[];

  constructor(ksf: Ksf, known: readonly Ksf[]) {
    this.#ksf = ksf;
    this.#known = known;
  }

  /**
   * Makes a new machine key, seals it and writes the file, which must not be there. The keys differ for each account of
   * each repository, so that one file serves them all.
   * Throws `IDENTITY_FILE`, `IDENTITY_ACCOUNT`, `IDENTITY_KEYCHAIN`, `IDENTITY_MEMORY`, and for bad passphrases.
   */
  async create(path: string, account: Account, lock: DeviceLock): Promise<Identity> {
    checkAccount(account);
    using master = SecretBytes.random(MASTER_BYTES);
    await this.#write(path, master, lock, "keep");
    return identityOf(master, account);
  }

  /** Opens it. Throws as `create` does, and `IDENTITY_KEY_FILE`, `IDENTITY_LOCKED`, `IDENTITY_UNLOCK`. */
  async open(path: string, account: Account, lock: DeviceLock): Promise<Identity> {
    checkAccount(account);
    using master = await this.#unseal(await this.#read(path), lock);
    return identityOf(master, account);
  }

  /** What opens the file, so that one knows whether to ask for anything. Throws `IDENTITY_FILE`, `IDENTITY_KEY_FILE`. */
  async lockOf(path: string): Promise<DeviceLock["form"]> {
    return (await this.#read(path)).lock;
  }

  /** Seals the same key under another lock. Throws as `open` does. */
  async relock(path: string, from: DeviceLock, to: DeviceLock): Promise<void> {
    const old = await this.#read(path);
    using master = await this.#unseal(old, from);
    await this.#write(path, master, to, "replace");
    if (from.form === "keychain") await from.keychain.remove(keychainId(old));
  }

  async #read(path: string): Promise<SealedKey> {
    return parseSealed(await readSecretFile(path, MAX_SEALED_BYTES), this.#known);
  }

  async #unseal(sealed: SealedKey, lock: DeviceLock): Promise<SecretBytes> {
    using key = await sealingKeyOf(lock, sealed);
    return unseal(sealed, key);
  }

  /** A secret whose file could not be written is taken out of the keychain again. */
  async #write(path: string, master: SecretBytes, lock: DeviceLock, existing: "keep" | "replace"): Promise<void> {
    const header = newHeader(lock.form, lock.form === "keychain" ? undefined : this.#ksf);
    using key = await newSealingKey(lock, header);
    try {
      await writeSecretFile(path, seal(master, key, header), existing);
    } catch (error) {
      if (lock.form === "keychain") await lock.keychain.remove(keychainId(header));
      throw error;
    }
  }
}

/** The sealed files of this package, at full price. */
export const deviceFiles = new DeviceFiles(ARGON2ID_256M, KSFS);

function identityOf(master: SecretBytes, account: Account): Identity {
  return new TwoKeyIdentity("device", derived(master, "release key", account), derived(master, "login key", account));
}

function derived(master: SecretBytes, label: Label, account: Account): KeyHandle {
  using seed = deriveSeed(master, label, account);
  return seedHandle(seed);
}
