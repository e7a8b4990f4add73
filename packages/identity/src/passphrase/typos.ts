import { EFF_LARGE_WORDS } from "./eff-large-word-list.ts";
import { isPhraseWord, typedWords } from "./phrase.ts";

/** Most suggestions for one word. */
export const MAX_SUGGESTIONS = 5;
/** From so many letters on, the beginning of a word stands for it. */
const MIN_PREFIX = 3;
const MAX_DISTANCE = 2;
/** Longer input is no slip of a word of at most nine letters. */
const MAX_WORD = 12;

/** A word that is not in the list. The suggestions are as secret as the phrase. */
export interface Typo {
  /** From 1. */
  readonly position: number;
  /** Words of the list that may have been meant, the likeliest first. */
  readonly suggestions: readonly string[];
}

/** Which words of a typed phrase are not in the list. Throws `IDENTITY_PASSPHRASE` for what is no text. */
export function findTypos(bytes: Uint8Array): readonly Typo[] {
  return typedWords(bytes).flatMap((word, at) =>
    isPhraseWord(word) ? [] : [{ position: at + 1, suggestions: suggestWords(word) }],
  );
}

/**
 * Words of the list that were meant by what was typed: those that begin with it, then those at most two slips away (a
 * letter wrong, missing, too many, or two changed round), the nearest first.
 */
export function suggestWords(typed: string): readonly string[] {
  if (typed.length > MAX_WORD) return [];
  const completions = typed.length < MIN_PREFIX ? [] : EFF_LARGE_WORDS.filter((word) => word.startsWith(typed));
  const near = EFF_LARGE_WORDS.map((word) => ({ word, distance: slips(typed, word) }))
    .filter(({ distance }) => distance <= MAX_DISTANCE)
    .sort((a, b) => a.distance - b.distance)
    .map(({ word }) => word);
  return [...new Set([...completions, ...near])].slice(0, MAX_SUGGESTIONS);
}

/** Number of slips between two words (optimal string alignment), or one more than counts where there are too many. */
function slips(from: string, to: string): number {
  if (Math.abs(from.length - to.length) > MAX_DISTANCE) return MAX_DISTANCE + 1;
  let before: number[] = [];
  let above = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= to.length; j += 1) row.push(cell(from, to, i, j, row, above, before));
    before = above;
    above = row;
  }
  return above[to.length] ?? 0;
}

type Row = readonly number[];

function cell(from: string, to: string, i: number, j: number, row: Row, above: Row, before: Row): number {
  const at = (line: Row, column: number) => line[column] ?? Infinity;
  const wrong = from[i - 1] === to[j - 1] ? 0 : 1;
  const best = Math.min(at(above, j) + 1, at(row, j - 1) + 1, at(above, j - 1) + wrong);
  const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
  return swapped ? Math.min(best, at(before, j - 2) + 1) : best;
}
