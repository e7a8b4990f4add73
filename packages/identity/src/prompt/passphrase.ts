import { IdentityError } from "../errors.ts";
import type { Passphrase } from "../passphrase/derive.ts";
import { checkOwnPassphrase } from "../passphrase/estimate.ts";
import { findTypos, type Typo } from "../passphrase/typos.ts";
import { readPassphraseDescriptor } from "../secret/read-descriptor.ts";
import { openTerminal, type Terminal } from "./terminal.ts";

/** Tries at the terminal for a phrase whose words stand in the list. */
const MAX_TRIES = 5;

/** Where a passphrase comes from. Never an argument, never the environment: others of the machine can read those. */
export interface PassphraseSource {
  /** An open file descriptor, for scripts (`--passphrase-fd`); the terminal if left out. */
  readonly descriptor?: number;
  /** A passphrase of the person's own in place of generated words (`--own-passphrase`). */
  readonly own?: boolean;
}

/** The terminal, where a person has to be asked. Throws `PROMPT_NEEDED` where there is none. */
export function requireTerminal(what: string, instead: string): Terminal {
  const terminal = openTerminal();
  if (terminal !== undefined) return terminal;
  throw new IdentityError("PROMPT_NEEDED", `${what}, and there is no terminal to ask at`, { hint: instead });
}

/**
 * Asks for the passphrase of an identity that is there. Mistyped words are found on this machine and asked again.
 * The caller overwrites `bytes`.
 * @param title what the answer stands for: the prompt is the consent
 * @throws IdentityError `PROMPT_NEEDED`, `PROMPT_GIVEN_UP`, `IDENTITY_FILE`
 */
export async function askPassphrase(title: string, source: PassphraseSource): Promise<Passphrase> {
  const form = source.own === true ? "own" : "phrase";
  if (source.descriptor !== undefined) return { form, bytes: await readPassphraseDescriptor(source.descriptor) };
  using terminal = requireTerminal("a passphrase is needed", "scripts give it with --passphrase-fd N, as in 3<FILE");
  for (let attempt = 1; ; attempt += 1) {
    const bytes = await terminal.ask(`${title}: `, "hidden");
    const problems = form === "own" ? [] : problemsOf(bytes);
    if (problems.length === 0) return { form, bytes };
    bytes.fill(0);
    for (const line of problems) terminal.write(`${line}\n`);
    if (attempt === MAX_TRIES) throw new IdentityError("PROMPT_GIVEN_UP", "that was no generated phrase, five times");
  }
}

/**
 * Asks for a passphrase of the person's own for something new: twice, with an honest estimate, refused below the floor.
 * The caller overwrites `bytes`.
 * @throws IdentityError as {@link askPassphrase}, `PROMPT_DIFFERS`, `IDENTITY_WEAK`, `IDENTITY_PASSPHRASE`
 */
export async function askNewOwnPassphrase(
  protects: "identity" | "device",
  source: PassphraseSource,
): Promise<Passphrase> {
  const { bytes } = await askPassphrase("A passphrase of your own", { ...source, own: true });
  try {
    const cost = await checkOwnPassphrase(bytes, protects);
    const words = `guessing it costs about ${dollars(cost.dollars)} at most; a line of a song costs far less than that`;
    if (source.descriptor === undefined) await confirmOwn(bytes, words);
    return { form: "own", bytes };
  } catch (error) {
    bytes.fill(0);
    throw error;
  }
}

async function confirmOwn(bytes: Uint8Array, words: string): Promise<void> {
  using terminal = requireTerminal("a passphrase is to be repeated", "scripts give it with --passphrase-fd N");
  terminal.write(`${words}\n`);
  const again = await terminal.ask("The same once more: ", "hidden");
  const same = again.equals(bytes);
  again.fill(0);
  if (!same) throw new IdentityError("PROMPT_DIFFERS", "the two passphrases differ");
}

/** What is wrong with a typed phrase, one line each. The suggestions go to the terminal alone. */
function problemsOf(bytes: Uint8Array): readonly string[] {
  try {
    return findTypos(bytes).map(describe);
  } catch (error) {
    if (error instanceof IdentityError) return [error.message];
    throw error;
  }
}

function describe({ position, suggestions }: Typo): string {
  const meant = suggestions.length === 0 ? "" : `; did you mean ${suggestions.join(", ")}?`;
  return `word ${position} is not in the list${meant}`;
}

/** An amount in words that people can grasp: `$3,400`, `$1.8 thousand million`, `$86 million million million`. */
export function dollars(amount: number): string {
  if (amount < 1e6) return `$${Number(amount.toPrecision(2)).toLocaleString("en-US")}`;
  const millions = Math.floor(Math.log10(amount) / 6);
  const rest = Number((amount / 1e6 ** millions).toPrecision(2));
  const thousands = rest >= 1000 ? `${Number((rest / 1000).toPrecision(2))} thousand` : String(rest);
  return `$${thousands}${" million".repeat(millions)}`;
}
