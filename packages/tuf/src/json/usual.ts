/**
 * Pieces of patterns for what metadata mostly is made of, in canonical form. The engine runs such a pattern as machine code
 * from its first use on, while a reader in JavaScript is slow until it is warm. Each matches canonical JSON alone, and what
 * none matches is read character by character: so patterns may be narrow, but never wrong.
 */

/** What stands for itself in a string: printable ASCII without `"` and `\`. */
export const PLAIN = "[ !#-\\[\\]-~]";
/** An integer of at least 1 that a double holds exactly, whatever its digits. */
export const POSITIVE = "[1-9][0-9]{0,14}";
/** The same, or 0. */
export const NATURAL = `(?:0|${POSITIVE})`;
/** HASHES (TUF 4.4) of one SHA-256. */
export const SHA256_ALONE = '"hashes":\\{"sha256":"[0-9a-f]{64}"\\}';
/** Most items of a list that a pattern covers: what a pattern repeats without end may exhaust the engine's stack. */
const MAX_ITEMS = 64;

/** The text between the first and last quote of a list of strings made of `characters`, to be cut by `splitList`. */
export function listOf(characters: string): string {
  return `${characters}*(?:","${characters}*){0,${MAX_ITEMS - 1}}`;
}

/** The strings of a list that `listOf` covers. */
export function splitList(text: string): readonly [string, ...string[]] {
  return text.includes('"') ? (text.split('","') as [string, ...string[]]) : [text];
}

/** A pattern that matches from where its `lastIndex` stands, and nowhere else. */
export function usual(source: string): RegExp {
  return new RegExp(source, "y");
}
