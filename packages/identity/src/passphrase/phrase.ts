import { randomInt } from "node:crypto";
import { IdentityError } from "../errors.ts";
import { SecretBytes } from "../secret/secret-bytes.ts";
import { EFF_LARGE_WORDS } from "./eff-large-word-list.ts";
import { checkLength, decodePassphrase } from "./text.ts";

/** Words of a generated phrase: 7 of 7,776 are 90 bits. */
export const PHRASE_WORDS = 7;
/** More words are welcome up to here; fewer are no generated phrase. */
export const MAX_PHRASE_WORDS = 24;
/** How many words are asked back after a phrase was shown. */
export const CONFIRMED_WORDS = 3;

/** Tab to carriage return, and space. */
const ASCII_SPACES: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20]);
const LIST: ReadonlySet<string> = new Set(EFF_LARGE_WORDS);

/**
 * A new phrase: words of the EFF's large list, each chosen by the system's random source without bias and without regard
 * to the others. It is there to be shown once and written down. Throws `RangeError` for fewer than 7 or more than 24.
 */
export function generatePhrase(words: number = PHRASE_WORDS): readonly string[] {
  if (!Number.isInteger(words) || words < PHRASE_WORDS || words > MAX_PHRASE_WORDS) {
    throw new RangeError(`a phrase has ${PHRASE_WORDS} to ${MAX_PHRASE_WORDS} words, not ${words}`);
  }
  return Array.from({ length: words }, () => EFF_LARGE_WORDS[randomInt(EFF_LARGE_WORDS.length)] ?? "");
}

/**
 * What was typed as a phrase, word by word, known or not: NFKC, which folds full-width letters of Asian keyboards, then
 * lower case, split at white space. Throws `IDENTITY_PASSPHRASE` for what is no text.
 */
export function typedWords(bytes: Uint8Array): readonly string[] {
  checkLength(bytes);
  // Words are strings one by one: the whole phrase never is, as long as it is ASCII.
  if (bytes.every((byte) => byte < 0x80)) return asciiWords(bytes);
  const folded = decodePassphrase(bytes).normalize("NFKC").toLowerCase().trim();
  return folded === "" ? [] : folded.split(/\s+/u);
}

function asciiWords(bytes: Uint8Array): readonly string[] {
  const words: string[] = [];
  let start = 0;
  for (let at = 0; at <= bytes.length; at += 1) {
    if (at < bytes.length && !ASCII_SPACES.has(bytes[at] ?? 0)) continue;
    if (at > start) words.push(String.fromCharCode(...bytes.subarray(start, at)).toLowerCase());
    start = at + 1;
  }
  return words;
}

/** Whether a word stands in the list. */
export function isPhraseWord(word: string): boolean {
  return LIST.has(word);
}

/**
 * A generated phrase in its one form: its words in lower case with one space between. Throws `IDENTITY_PHRASE`, which
 * says how many words there are or which do not stand in the list by their positions, and never what was typed.
 */
export function normalisePhrase(bytes: Uint8Array): SecretBytes {
  const words = typedWords(bytes);
  if (words.length < PHRASE_WORDS || words.length > MAX_PHRASE_WORDS) {
    throw new IdentityError(
      "IDENTITY_PHRASE",
      `a generated phrase has ${PHRASE_WORDS} words or more, not ${words.length}`,
      {
        hint: "a passphrase that you made up yourself must be said to be one",
      },
    );
  }
  const unknown = words.flatMap((word, at) => (LIST.has(word) ? [] : [at + 1]));
  if (unknown.length > 0) {
    throw new IdentityError("IDENTITY_PHRASE", `not in the word list: the words at ${unknown.join(", ")}`);
  }
  const pieces = words.map((word, at) => Buffer.from(at === 0 ? word : ` ${word}`, "ascii"));
  const secret = SecretBytes.take(Buffer.concat(pieces));
  for (const piece of pieces) piece.fill(0);
  return secret;
}

/** Positions, from 1 and rising, of the words to ask back, chosen anew each time. */
export function positionsToConfirm(words: number = PHRASE_WORDS, count: number = CONFIRMED_WORDS): readonly number[] {
  const left = Array.from({ length: words }, (_, at) => at + 1);
  const chosen = Array.from({ length: Math.min(count, words) }, () => left.splice(randomInt(left.length), 1)[0] ?? 0);
  return chosen.sort((a, b) => a - b);
}

/** Whether what was typed for the word at `position` (from 1) of a phrase is that word. */
export function confirmsWord(phrase: readonly string[], position: number, typed: Uint8Array): boolean {
  const words = typedWords(typed);
  return words.length === 1 && words[0] === phrase[position - 1];
}
