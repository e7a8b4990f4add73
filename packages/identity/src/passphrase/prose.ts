/**
 * Bits that a character adds at most where people write words. Shannon (1951) measured 0.6 to 1.3 bits for a letter of
 * English text; the usual programs count 5 to 10 bits a character and so call every long sentence safe. Alphabets and
 * syllabaries are counted alike, ideographs at twice as much and a bit, since one says more.
 */
const BITS_PER_LETTER = 1.5;
const BITS_PER_IDEOGRAPH = 3.5;
/** Digits and signs: what the meter counts for a random one of ten. */
const BITS_PER_OTHER = Math.log2(10);
/** Above this share of letters and spaces a text is taken for words. */
const SHARE_OF_LETTERS = 0.8;

/**
 * Most bits that a text of words can have, in any script; `Infinity` for what does not look like words. Random letters are
 * taken for words, too: that errs on the side of care.
 */
export function proseBits(text: string): number {
  const ideographs = count(text, /\p{Ideographic}/gu);
  const letters = count(text, /[\p{L}\p{M}]/gu) - ideographs;
  const spaces = count(text, /\s/gu);
  const all = count(text, /[^]/gu);
  if (letters + ideographs + spaces < SHARE_OF_LETTERS * all) return Infinity;
  const others = all - letters - ideographs - spaces;
  return letters * BITS_PER_LETTER + ideographs * BITS_PER_IDEOGRAPH + others * BITS_PER_OTHER;
}

function count(text: string, what: RegExp): number {
  return text.match(what)?.length ?? 0;
}
