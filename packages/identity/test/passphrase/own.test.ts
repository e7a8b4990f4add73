import assert from "node:assert/strict";
import { test } from "node:test";
import { normaliseOwn, ownText } from "../../src/passphrase/own.ts";
import { deriveIdentity } from "../../src/passphrase/derive.ts";
import { ACCOUNT, CHEAP, code, utf8 } from "../support/identities.ts";

function normal(text: string): string {
  using own = normaliseOwn(utf8(text));
  return own.use((bytes) => bytes.toString());
}

test("NFC: an accent typed by two keys or one, any script", () => {
  assert.equal(normal("cafe\u0301"), "caf\u00e9");
  assert.equal(normal("\u1112\u1161\u11ab"), "\ud55c");
  assert.equal(normal("\u212b"), "\u00e5".toUpperCase());
});

test("not NFKC, and case and spaces count", () => {
  assert.equal(normal("x\u00b2 \uff21 \ufb01"), "x\u00b2 \uff21 \ufb01");
  assert.equal(normal("Two  Spaces "), "Two  Spaces ");
});

test("every kind of space is the space bar's", () => {
  assert.equal(normal("a\u00a0b\u3000c\u2009d"), "a b c d");
});

test("a byte order mark in front is the console's", () => {
  assert.equal(ownText(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)), "a");
});

test("an emoji of several characters is kept", () => {
  assert.equal(normal("👩‍🔬 nice"), "👩‍🔬 nice");
});

const REFUSED: [string, Uint8Array, RegExp][] = [
  ["nothing", utf8(""), /empty/],
  ["spaces", utf8(" \u3000"), /empty/],
  ["a line feed", utf8("line\nfeed"), /control character/],
  ["a NUL", utf8("a\0b"), /control character/],
  ["private use", utf8("a\ue000"), /Unicode does not know/],
  ["an unassigned character", utf8("a\u{e0fff}"), /Unicode does not know/],
  ["a noncharacter", utf8("a\uffff"), /Unicode does not know/],
  ["Latin-1", Uint8Array.of(0x63, 0xe9), /not UTF-8/],
  ["too much", new Uint8Array(4097).fill(0x61), /longer than 4096 bytes/],
];
for (const [what, bytes, message] of REFUSED) {
  test(`refuses ${what}`, async () => {
    assert.throws(() => normaliseOwn(bytes), code("IDENTITY_PASSPHRASE", message));
    const account = { ...ACCOUNT, generation: 1 };
    await assert.rejects(deriveIdentity({ form: "own", bytes }, account, CHEAP), code("IDENTITY_PASSPHRASE", message));
  });
}
