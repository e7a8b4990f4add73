import type { Passphrase } from "@countermark/identity/offline";
import { askForNewOfflineKeys, requireTerminal, type PassphraseOptions } from "@countermark/identity/prompt";

/** How the operator wants new offline keys to be kept. */
export interface SealingOptions extends PassphraseOptions {
  readonly unsealedKeys?: true;
}

const INSTEAD =
  "scripts give it with --passphrase-fd N, as in 3<FILE (`countermark identity phrase` makes one); a try-out says --unsealed-keys";

/**
 * How `init` gets what new offline keys are sealed under; `undefined` where they are to lie in clear. What a script gives is
 * read at once; a person is asked later, when the folders are known to be free. Without a terminal, a descriptor or the
 * operator's word nothing is made: keys in clear are no default.
 * @throws IdentityError `PROMPT_NEEDED`, and as the passphrase's own checks
 */
export async function howToSeal(options: SealingOptions): Promise<(() => Promise<Passphrase>) | undefined> {
  if (options.unsealedKeys === true) return undefined;
  if (options.passphraseFd === undefined) {
    requireTerminal("the offline keys are sealed under a passphrase", INSTEAD)[Symbol.dispose]();
    return () => askForNewOfflineKeys(options);
  }
  const given = await askForNewOfflineKeys(options);
  return () => Promise.resolve(given);
}
