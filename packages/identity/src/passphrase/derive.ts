import { createHash } from "node:crypto";
import { canonicalise, jsonObject } from "@countermark/tuf";
import { IdentityError } from "../errors.ts";
import type { Identity } from "../identity/identity.ts";
import { TwoKeyIdentity } from "../identity/two-keys.ts";
import { checkAccount, type Account } from "../keys/account.ts";
import { deriveSeed, type Label } from "../keys/derive.ts";
import { seedHandle, type KeyHandle } from "../keys/key-handle.ts";
import type { SecretBytes } from "../secret/secret-bytes.ts";
import { stretch, type Ksf } from "./ksf.ts";
import { normaliseOwn } from "./own.ts";
import { normalisePhrase } from "./phrase.ts";

/** Highest generation: more is a mistake. */
export const MAX_GENERATION = 10_000;

/** What a person types, and which of the two it is. */
export interface Passphrase {
  /** A generated phrase of words of the list, or a passphrase of the person's own. */
  readonly form: "phrase" | "own";
  /** UTF-8 without an end of line. Stays the caller's, who overwrites it. */
  readonly bytes: Uint8Array;
}

/** Whose keys, and which of them. */
export interface DerivedAccount extends Account {
  /** From 1. The next one gives new keys under the same passphrase. */
  readonly generation: number;
}

/**
 * The identity that a passphrase is, for one account of one repository: the same everywhere, with nothing to fetch and so
 * nothing to swap. `ksf` is fixed by the caller within this package.
 *
 *     salt    = SHA-256(`countermark/v1/passphrase`, NUL, canonical {account, generation, ksf, repository})
 *     master  = Argon2id(normalised passphrase, salt)
 *     release = Ed25519 key of the seed HKDF-SHA-256(master, "release key"), login likewise: see keys/derive.ts
 *
 * Throws `IDENTITY_PHRASE`, `IDENTITY_PASSPHRASE`, `IDENTITY_ACCOUNT`, `IDENTITY_MEMORY`.
 */
export async function deriveIdentity(passphrase: Passphrase, account: DerivedAccount, ksf: Ksf): Promise<Identity> {
  const salt = derivationSalt(account, ksf);
  using text = normalise(passphrase);
  using master = await stretch(text, salt, ksf);
  return new TwoKeyIdentity(
    "passphrase",
    derived(master, "release key", account),
    derived(master, "login key", account),
  );
}

/** Salts differ for each account of each repository: whoever guesses, guesses for one at a time. */
export function derivationSalt({ repository, account, generation }: DerivedAccount, ksf: Ksf): Uint8Array {
  checkAccount({ repository, account });
  if (!Number.isInteger(generation) || generation < 1 || generation > MAX_GENERATION) {
    throw new IdentityError("IDENTITY_ACCOUNT", `a generation is a number from 1 to ${MAX_GENERATION}`);
  }
  const bound = canonicalise(jsonObject({ repository, account, generation, ksf: ksf.id }));
  return createHash("sha256").update("countermark/v1/passphrase\0").update(bound).digest();
}

function normalise({ form, bytes }: Passphrase): SecretBytes {
  return form === "phrase" ? normalisePhrase(bytes) : normaliseOwn(bytes);
}

function derived(master: SecretBytes, label: Label, account: Account): KeyHandle {
  using seed = deriveSeed(master, label, account);
  return seedHandle(seed);
}
