import assert from "node:assert/strict";
import { test } from "node:test";
import { confirmsWord, generatePhrase, isPhraseWord, positionsToConfirm } from "@countermark/identity";
import { EFF_LARGE_WORDS } from "../../src/passphrase/eff-large-word-list.ts";
import { normalisePhrase, typedWords } from "../../src/passphrase/phrase.ts";
import { code, PHRASE, sha256, utf8 } from "../support/identities.ts";

function normal(text: string): string {
  using phrase = normalisePhrase(utf8(text));
  return phrase.use((bytes) => bytes.toString());
}

test("the list is the EFF's, byte for byte, once the dice numbers stand in front of it again", () => {
  const dice = (index: number) =>
    (index + 7776)
      .toString(6)
      .slice(1)
      .replace(/\d/g, (digit) => String(Number(digit) + 1));
  const file = EFF_LARGE_WORDS.map((word, index) => `${dice(index)}\t${word}\n`).join("");
  assert.equal(sha256(file), "addd35536511597a02fa0a9ff1e5284677b8883b83e986e43f15a3db996b903e");
  assert.equal(new Set(EFF_LARGE_WORDS).size, 6 ** 5);
});

test("a new phrase has seven words of the list, and never the same ones", () => {
  const phrases = Array.from({ length: 50 }, () => generatePhrase());
  for (const words of phrases) assert.ok(words.length === 7 && words.every(isPhraseWord));
  assert.equal(new Set(phrases.map(String)).size, phrases.length);
  assert.equal(generatePhrase(12).length, 12);
  for (const words of [6, 25, 7.5]) assert.throws(() => generatePhrase(words), RangeError);
});

test("words are chosen without bias: 70,000 of them fall evenly over 8 equal parts of the list (chi-squared, p < 1e-9)", () => {
  const places = new Map(EFF_LARGE_WORDS.map((word, index) => [word, index]));
  const counts = new Array<number>(8).fill(0);
  for (let round = 0; round < 10_000; round += 1) {
    for (const word of generatePhrase()) {
      const part = Math.floor(((places.get(word) ?? 0) * 8) / EFF_LARGE_WORDS.length);
      counts[part] = (counts[part] ?? 0) + 1;
    }
  }
  const expected = 70_000 / 8;
  const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  assert.ok(chiSquared < 60, `chi-squared is ${chiSquared}`);
});

test("case, white space and full-width letters are folded", () => {
  assert.equal(normal(`  Abacus\tABDOMEN\n abdominal abide　abiding ability ａｂｌａｚｅ \r\n`), PHRASE);
});

test("what is no generated phrase is refused by positions, without a word of it", () => {
  assert.throws(() => normal(""), code("IDENTITY_PHRASE", /7 words or more, not 0/));
  assert.throws(() => normal("abacus abdomen"), code("IDENTITY_PHRASE", /not 2/));
  assert.throws(() => normal("abacus ".repeat(25)), code("IDENTITY_PHRASE", /not 25/));
  const mistyped = PHRASE.replace("abdominal", "abdominall").replace("ablaze", "xyzzy");
  assert.throws(() => normal(mistyped), code("IDENTITY_PHRASE", /^not in the word list: the words at 3, 7$/));
  assert.throws(() => normalisePhrase(Uint8Array.of(0xff)), code("IDENTITY_PASSPHRASE", /not UTF-8/));
  assert.throws(() => normalisePhrase(new Uint8Array(4097)), code("IDENTITY_PASSPHRASE", /longer than 4096/));
});

test("three positions to ask back: rising, distinct, in the phrase, and all of them in turn", () => {
  const seen = new Set<number>();
  for (let round = 0; round < 300; round += 1) {
    const positions = positionsToConfirm();
    assert.equal(positions.length, 3);
    assert.deepEqual(
      positions,
      [...new Set(positions)].sort((a, b) => a - b),
    );
    for (const position of positions) seen.add(position);
  }
  assert.deepEqual(
    [...seen].sort((a, b) => a - b),
    [1, 2, 3, 4, 5, 6, 7],
  );
  assert.deepEqual(positionsToConfirm(2, 5), [1, 2]);
});

test("a word that is asked back is compared as a phrase is read", () => {
  const words = typedWords(utf8(PHRASE));
  assert.ok(confirmsWord(words, 2, utf8(" ABDOMEN\n")));
  assert.ok(!confirmsWord(words, 2, utf8("abacus")));
  assert.ok(!confirmsWord(words, 2, utf8("abdomen abdomen")));
  assert.ok(!confirmsWord(words, 8, utf8("")));
});
