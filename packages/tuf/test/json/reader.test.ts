import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MAX_JSON_BYTES, parseJson, type JsonValue } from "@countermark/tuf";
import { refused, utf8 } from "../support/repository.ts";
import { anyText } from "../support/text.ts";

function parse(text: string): JsonValue {
  return parseJson(utf8(text));
}

/** What `JSON.parse` would have made of it. */
function plain(value: JsonValue): unknown {
  if (value instanceof Map) {
    return Object.fromEntries([...(value as ReadonlyMap<string, JsonValue>)].map(([k, v]) => [k, plain(v)]));
  }
  return Array.isArray(value) ? (value as readonly JsonValue[]).map(plain) : value;
}

const accepted = [
  "{}",
  "[]",
  "null",
  "true",
  "false",
  "0",
  "-1",
  "9007199254740991",
  "-9007199254740991",
  '""',
  '"a/b"',
  '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\ud83d\\ude00"',
  '"é😀\u2028\u007f"',
  ' { "a" : [ 1 , { "b" : null } ] , "c" : "" } \r\n\t',
  '{"b":1,"a":2,"c":3}',
  '{"version":1,"versio":2,"versionx":3,"xversion":4,"xxversion":5,"Version":6,"version ":7,"sha256":8,"sha255":9}',
  '{"__proto__":1,"constructor":{"toString":null},"1":2,"0":3}',
];
for (const text of accepted) {
  test(`agrees with JSON.parse on ${text}`, () => {
    assert.deepEqual(plain(parse(text)), JSON.parse(text));
  });
}

test("objects keep the order of their members, integer-like names too", () => {
  assert.deepEqual(
    [...(parse('{"b":1,"10":1,"9":1,"a":1}') as ReadonlyMap<string, JsonValue>).keys()],
    ["b", "10", "9", "a"],
  );
});

const refusals: readonly (readonly [what: string, text: string, message: RegExp])[] = [
  ["nothing", "", /a value was expected/],
  ["white space alone", " \n", /a value was expected/],
  ["trailing bytes", "{}x", /something follows/],
  ["a second document", "{}{}", /something follows/],
  ["a trailing NUL", "{}\u0000", /something follows/],
  ["an unclosed object", '{"a":1', /',' or '}'/],
  ["an unclosed array", "[1", /',' or ']'/],
  ["a trailing comma in an object", '{"a":1,}', /member name/],
  ["a trailing comma in an array", "[1,]", /a value was expected/],
  ["a missing comma in an object", '{"a":1"b":2}', /',' or '}'/],
  ["a missing comma in an array", "[1 2]", /',' or ']'/],
  ["a missing colon", '{"a" 1}', /':'/],
  ["a name without quotes", "{a:1}", /member name/],
  ["a missing value", '{"a":}', /a value was expected/],
  ["single quotes", "'a'", /a value was expected/],
  ["a comment", "/**/{}", /a value was expected/],
  ["NaN", "NaN", /a value was expected/],
  ["Infinity", "Infinity", /a value was expected/],
  ["an unfinished literal", "tru", /a value was expected/],
  ["a literal that goes on", "nullx", /something follows/],
  ["a vertical tab as white space", "\u000b{}", /a value was expected/],
  ["a no-break space as white space", "\u00a0{}", /a value was expected/],
  ["an integer-valued float 1.0", "1.0", /other than integers/],
  ["an exponent", "1e3", /other than integers/],
  ["an exponent in capitals", "1E3", /other than integers/],
  ["0.5", "0.5", /other than integers/],
  ["-0", "-0", /-0/],
  ["a leading zero", "01", /leading zero/],
  ["two zeros", "00", /leading zero/],
  ["a leading zero after a sign", "-01", /leading zero/],
  ["a plus sign", "+1", /a value was expected/],
  ["a sign alone", "-", /a digit/],
  ["a leading point", ".5", /a value was expected/],
  ["2^53", "9007199254740992", /2\^53/],
  ["-2^53", "-9007199254740992", /2\^53/],
  ["an integer of 400 digits", "9".repeat(400), /2\^53/],
  ["a raw line break in a string", '"a\nb"', /control character/],
  ["a raw NUL in a string", '"a\u0000b"', /control character/],
  ["a raw control character after an escape", '"\\n\u0001"', /control character/],
  ["an unfinished string", '"abc', /does not end/],
  ["an unfinished string after an escape", '"a\\n', /does not end/],
  ["an unfinished escape", '"\\', /does not end/],
  ["an unknown escape", '"\\x41"', /wrong escape/],
  ["a short \\u escape", '"\\u41"', /wrong escape/],
  ["a signed \\u escape", '"\\u+041"', /wrong escape/],
  ["a lone high surrogate", '"\\ud800"', /surrogate/],
  ["a lone low surrogate", '"\\udc00"', /surrogate/],
  ["surrogates in the wrong order", '"\\udc00\\ud800"', /surrogate/],
  ["a lone surrogate in a name", '{"\\ud800":1}', /surrogate/],
  ["a byte order mark", "\ufeff{}", /a value was expected/],
  ["a duplicate name", '{"a":1,"a":2}', /twice/],
  ["a duplicate name far apart", '{"b":1,"a":2,"c":3,"b":4}', /twice/],
  ["a duplicate name behind where the order broke", '{"b":1,"a":2,"a":3}', /twice/],
  ["a duplicate name before the order breaks", '{"a":1,"b":1,"a":1}', /twice/],
  ["a duplicate name spelled with an escape", '{"a":1,"\\u0061":2}', /twice/],
  ["a duplicate empty name", '{"":1,"":2}', /twice/],
  ["a duplicate name beyond ASCII", '{"é":1,"é":2}', /twice/],
  ["a duplicate name in a document beyond ASCII", '{"a":"é","b":1,"b":2}', /twice/],
  ["a duplicate __proto__", '{"__proto__":1,"__proto__":2}', /twice/],
  ["a duplicate name in an inner object", '[{"x":{"a":1,"a":2}}]', /twice/],
];
for (const [what, text, message] of refusals) {
  test(`refuses ${what}`, () => {
    refused(() => parse(text), "TUF_JSON", message);
  });
}

test("names repeat only within one object", () => {
  assert.deepEqual(plain(parse('{"b":{"b":1,"a":{"b":2}},"a":[{"b":1},{"b":1}]}')), {
    b: { b: 1, a: { b: 2 } },
    a: [{ b: 1 }, { b: 1 }],
  });
});

for (const [what, bytes] of [
  ["a lone continuation byte", [0x22, 0x80, 0x22]],
  ["an overlong slash", [0x22, 0xc0, 0xaf, 0x22]],
  ["a surrogate in UTF-8 (CESU)", [0x22, 0xed, 0xa0, 0x80, 0x22]],
  ["a code point past U+10FFFF", [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22]],
  ["a cut character", [0x22, 0xe2, 0x82]],
  ["UTF-16", [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]],
] as const) {
  test(`refuses bytes that are not UTF-8: ${what}`, () => {
    refused(() => parseJson(Uint8Array.from(bytes)), "TUF_JSON", /not UTF-8/);
  });
}

test("a byte order mark before UTF-8 is refused, not skipped", () => {
  refused(() => parseJson(Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b, 0x7d)), "TUF_JSON", /a value was expected/);
});

for (const [open, close] of [
  ["[", "]"],
  ['{"a":', "}"],
] as const) {
  test(`16,000 times ${open} is refused for its depth`, () => {
    refused(() => parse(open.repeat(16_000)), "TUF_JSON", /nest deeper than 64/);
  });
  test(`64 times ${open} is read, 65 times is not`, () => {
    parse(`${open.repeat(64)}${open === "[" ? "" : "1"}${close.repeat(64)}`);
    refused(() => parse(`${open.repeat(65)}1${close.repeat(65)}`), "TUF_JSON", /nest deeper/);
  });
}

test("depth counts what is open, not what was", () => {
  assert.equal((parse(`[${"[[]],".repeat(100)}{}]`) as readonly unknown[]).length, 101);
});

test("limits of bytes and depth are the caller's to lower", () => {
  refused(() => parseJson(utf8("[[]]"), { maxDepth: 1 }), "TUF_JSON", /deeper than 1/);
  refused(() => parseJson(utf8("[[]]"), { maxBytes: 3 }), "TUF_JSON", /4 bytes, more than the 3/);
  assert.deepEqual(parseJson(utf8("[[]]"), { maxBytes: 4, maxDepth: 2 }), [[]]);
});

test("any JSON of safe integers is read as JSON.parse reads it", () => {
  const integer = fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constant(null),
      fc.boolean(),
      integer,
      anyText,
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(anyText, tie("value"), { maxKeys: 3, noNullPrototype: true }),
    ),
  }));
  fc.assert(
    fc.property(value, fc.constantFrom(undefined, 1, "\t"), (json, space) => {
      const text = JSON.stringify(json, undefined, space);
      assert.deepEqual(plain(parse(text)), JSON.parse(text));
    }),
  );
});

test("whatever is read, JSON.parse reads too, and to the same", () => {
  const tokens = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    '"',
    "\\",
    "u",
    "d8a0",
    "e",
    "+",
    "-",
    ".",
    "0",
    "1",
    " ",
    "\n",
    "true",
    "null",
  ];
  const soup = fc.array(fc.constantFrom(...tokens, '"a"', '"b":'), { maxLength: 24 });
  fc.assert(
    fc.property(soup, (parts) => {
      const text = parts.join("");
      let value: JsonValue;
      try {
        value = parse(text);
      } catch {
        return;
      }
      assert.deepEqual(plain(value), JSON.parse(text));
    }),
    { numRuns: 3000 },
  );
});

test("reads 64 MiB and not a byte more", () => {
  const document = new Uint8Array(64 * 1024 * 1024 + 1).fill(0x20);
  document[0] = 0x31;
  assert.equal(parseJson(document.subarray(0, -1)), 1);
  refused(() => parseJson(document), "TUF_JSON", /has 67108865 bytes, more than the 67108864 allowed/);
  assert.equal(MAX_JSON_BYTES, document.length - 1);
});
