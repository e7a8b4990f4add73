import { SealedSeeds } from "../offline/sealed-seeds.ts";
import type { Passphrase } from "../passphrase/derive.ts";
import { askNewPassphrase } from "./new-passphrase.ts";
import { askPassphrase, type PassphraseSource } from "./passphrase.ts";

/** The options of commands that ask for a passphrase. */
export interface PassphraseOptions {
  readonly passphraseFd?: number;
  readonly ownPassphrase?: boolean;
}

/**
 * What opens the offline keys of a folder. If they are sealed, their passphrase is asked for: at the terminal whenever
 * another one is needed, from a descriptor once. The caller closes it.
 * @param purpose what they are opened for: the prompt is the consent
 */
export function openerOf(keys: string, purpose: string, descriptor: number | undefined): SealedSeeds {
  const title = `Passphrase of the offline keys in ${keys}, to ${purpose}`;
  let asked = false;
  return new SealedSeeds(async (form) => {
    if (asked && descriptor !== undefined) return undefined;
    asked = true;
    return await askPassphrase(title, { own: form === "own", ...(descriptor !== undefined && { descriptor }) });
  });
}

/**
 * A new passphrase for offline keys. Of one's own it must be worth what an identity's is: who has a copy of the folder may
 * guess for as long as the index lives. Throws as {@link askNewPassphrase}.
 */
export async function askForNewOfflineKeys({ passphraseFd, ownPassphrase }: PassphraseOptions): Promise<Passphrase> {
  const source: PassphraseSource = {
    own: ownPassphrase === true,
    ...(passphraseFd !== undefined && { descriptor: passphraseFd }),
  };
  return await askNewPassphrase("The passphrase of the offline keys", "identity", source);
}

/** Warns on stderr of offline keys that lie in clear. */
export function warnOfClear({ clear }: SealedSeeds, keys: string): void {
  if (clear.length === 0) return;
  process.stderr.write(
    `warning: the offline keys in ${keys} are not sealed: whoever copies them can sign\n\n` +
      `hint: countermark ceremony seal ${keys}\n`,
  );
}
