import { IdentityError } from "../errors.ts";
import { EFF_LARGE_WORDS } from "./eff-large-word-list.ts";
import { guessingCost, type GuessingCost } from "./cost.ts";
import { ownText } from "./own.ts";
import { proseBits } from "./prose.ts";

/** What a passphrase is to protect. */
export type Protects =
  /** Keys whose public half lies open: whoever wants to guess, guesses. */
  | "identity"
  /** A file that must be stolen first. */
  | "device";

/** Bits below which a passphrase is refused: 1.8 thousand million dollars and 3,400 dollars (see cost.ts). */
export const FLOOR_BITS: Readonly<Record<Protects, number>> = { identity: 55, device: 36 };

/** The meter's time grows faster than the length; what follows is not counted. */
const METERED_CHARACTERS = 100;

/** What guessing a generated phrase of so many words costs: exactly, since it was chosen at random. */
export function phraseCost(words: number): GuessingCost {
  return guessingCost(words * Math.log2(EFF_LARGE_WORDS.length));
}

/**
 * What guessing a passphrase of a person's own costs, at most: the lower one of what zxcvbn finds (leaked passwords,
 * keyboard rows, dates, repetitions) and of what words in any language can have. It knows no quotations, no names and
 * nothing about the person: a line of a song is worth far less than it says.
 * Throws `IDENTITY_PASSPHRASE`.
 */
export async function estimateOwnPassphrase(bytes: Uint8Array): Promise<GuessingCost> {
  const text = ownText(bytes);
  return guessingCost(Math.min(await meteredBits(text), proseBits(text)));
}

/** The same, refused below the floor: throws `IDENTITY_WEAK`. */
export async function checkOwnPassphrase(bytes: Uint8Array, protects: Protects): Promise<GuessingCost> {
  const cost = await estimateOwnPassphrase(bytes);
  if (cost.bits >= FLOOR_BITS[protects]) return cost;
  throw new IdentityError("IDENTITY_WEAK", "the passphrase is too cheap to guess", {
    hint: "a generated phrase of seven words is both easier to keep and beyond guessing",
  });
}

/** Half a megabyte of dictionary is loaded by those alone who bring a passphrase of their own. */
async function meteredBits(text: string): Promise<number> {
  const [{ ZxcvbnFactory }, common] = await Promise.all([
    import("@zxcvbn-ts/core"),
    import("@zxcvbn-ts/language-common"),
  ]);
  const meter = new ZxcvbnFactory({
    dictionary: common.dictionary,
    graphs: common.adjacencyGraphs,
    maxLength: METERED_CHARACTERS,
  });
  return Math.log2(meter.check(text).guesses);
}
