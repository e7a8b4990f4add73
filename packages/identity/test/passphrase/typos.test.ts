import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { findTypos, suggestWords } from "@countermark/identity";
import { EFF_LARGE_WORDS } from "../../src/passphrase/eff-large-word-list.ts";
import { PHRASE, utf8 } from "../support/identities.ts";

test("finds the mistyped words of a phrase by position, with what was meant", () => {
  assert.deepEqual(findTypos(utf8(PHRASE)), []);
  const typos = findTypos(utf8(PHRASE.replace("abdominal", "abdomnial").replace("ability", "abilit")));
  assert.deepEqual(
    typos.map(({ position }) => position),
    [3, 6],
  );
  assert.equal(typos[0]?.suggestions[0], "abdominal");
  assert.equal(typos[1]?.suggestions[0], "ability");
});

test("three letters stand for the words that begin with them", () => {
  assert.equal(suggestWords("zig")[0], "zigzagged");
  assert.deepEqual(suggestWords("zip").slice(0, 3), ["zipfile", "zipping", "zippy"]);
  assert.ok(suggestWords("abdome").includes("abdomen"));
});

test("what is no slip of any word gets no suggestion", () => {
  assert.deepEqual(suggestWords("qqqqqqq"), []);
  assert.deepEqual(suggestWords("a".repeat(4000)), []);
});

test("any single slip in any word leads back to it or to a nearer word", () => {
  const slip = fc.tuple(fc.constantFrom(...EFF_LARGE_WORDS), fc.nat(8), fc.constantFrom("drop", "double", "swap"));
  fc.assert(
    fc.property(slip, ([word, where, kind]) => {
      const at = where % (word.length - 1);
      const [a = "", b = ""] = [word[at], word[at + 1]];
      const middle = { drop: b, double: a + a + b, swap: b + a }[kind];
      const typed = word.slice(0, at) + middle + word.slice(at + 2);
      const suggestions = suggestWords(typed);
      assert.ok(suggestions.includes(word) || suggestions.length === 5, `${typed}: ${suggestions.join(" ")}`);
    }),
    { numRuns: 20 },
  );
});
