import { parseAccountName } from "@countermark/identity";
import type { PassphraseSource } from "@countermark/identity/prompt";
import { ClientError } from "../errors.ts";

/** Where the keys of an account on this machine come from, as it is remembered: never a secret, only where one is. */
export type KeySource =
  /** Seven generated words. */
  | { readonly kind: "phrase" }
  /** A passphrase of the person's own. */
  | { readonly kind: "own" }
  /** A private key in a file of PEM or OpenSSH. */
  | { readonly kind: "key-file"; readonly path: string }
  /** A machine key in a sealed file of ours. */
  | { readonly kind: "device"; readonly path: string }
  /** A key in an ssh-agent, by its identity; the login key comes from the passphrase. */
  | { readonly kind: "ssh-agent"; readonly key: string };

/** The options that all commands that sign have in common. */
export interface SigningOptions {
  readonly index?: string;
  readonly account?: string;
  readonly passphraseFd?: number;
  readonly ownPassphrase?: boolean;
  readonly key?: string;
  readonly sshAgent?: boolean | string;
  readonly device?: boolean;
  /** Agreed beforehand: keys that need no passphrase sign without a question. */
  readonly yes?: boolean;
  readonly ciKey?: string;
  readonly ciKeyFd?: number;
}

/** What the command line says of where the keys are; `undefined` where it says nothing. */
export function namedSource(options: SigningOptions): KeySource | undefined {
  const named: KeySource[] = [
    ...(options.ownPassphrase === true && options.device !== true ? [{ kind: "own" } as const] : []),
    ...(options.key === undefined ? [] : [{ kind: "key-file", path: options.key } as const]),
    ...(options.sshAgent === undefined || options.sshAgent === false
      ? []
      : [{ kind: "ssh-agent", key: options.sshAgent === true ? "" : options.sshAgent } as const]),
  ];
  if (named.length > 1) {
    throw new ClientError("USAGE", "the command line names several keys", {
      hint: "one of --own-passphrase, --key and --ssh-agent",
    });
  }
  return named[0];
}

/** Where a passphrase is to be read from. */
export function passphraseSource({ passphraseFd }: SigningOptions, form: "phrase" | "own"): PassphraseSource {
  return { own: form === "own", ...(passphraseFd !== undefined && { descriptor: passphraseFd }) };
}

/** The account's name in its one form. Throws IdentityError `IDENTITY_ACCOUNT`. */
export function readAccountName(text: string): string {
  return parseAccountName(text);
}
