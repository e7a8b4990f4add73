import type { Passphrase } from "../passphrase/derive.ts";
import type { Protects } from "../passphrase/estimate.ts";
import { makeNewPhrase } from "./new-phrase.ts";
import { askNewOwnPassphrase, askPassphrase, type PassphraseSource } from "./passphrase.ts";

/**
 * A passphrase for something new: seven words that are made, shown and asked back, or those of a descriptor; with `own` the
 * person's own. The caller overwrites `bytes`.
 * @param what what the page of a new phrase calls it
 * @throws IdentityError as {@link makeNewPhrase} and {@link askNewOwnPassphrase}
 */
export async function askNewPassphrase(
  what: string,
  protects: Protects,
  source: PassphraseSource,
): Promise<Passphrase> {
  if (source.own === true) return await askNewOwnPassphrase(protects, source);
  return source.descriptor === undefined ? await makeNewPhrase(what) : await askPassphrase(what, source);
}
