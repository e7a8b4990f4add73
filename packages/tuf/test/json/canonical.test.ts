import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalise, encodeJson, jsonObject, parseJson, type JsonValue, type PlainJson } from "@countermark/tuf";
import { refused, utf8 } from "../support/repository.ts";
import { anyText } from "../support/text.ts";

const { canonicalize } = createRequire(import.meta.url)("@tufjs/canonical-json") as {
  canonicalize: (value: unknown) => string;
};

function canonicalText(plain: Record<string, PlainJson>): string {
  return new TextDecoder().decode(canonicalise(jsonObject(plain)));
}

test("names stand in order, without white space (TUF 4.2, OLPC canonical JSON)", () => {
  assert.equal(canonicalText({ b: [1, "x", null, true, false, {}], a: -5 }), '{"a":-5,"b":[1,"x",null,true,false,{}]}');
});

test("only quote and backslash are escaped; control characters stand raw", () => {
  assert.equal(canonicalText({ 'q"': "\\\n\u0000\u007fé\u2028/" }), '{"q\\"":"\\\\\n\u0000\u007fé\u2028/"}');
});

test("names are ordered by code point, as Python and Go do, not by UTF-16 unit", () => {
  assert.equal(canonicalText({ "\u{1f600}": 1, "\ufb01": 2 }), '{"\ufb01":2,"\u{1f600}":1}');
  assert.equal(
    canonicalText({ "\u{1f600}b": 1, "\u{1f600}a": 2, "\u{1f5ff}": 3 }),
    '{"\u{1f5ff}":3,"\u{1f600}a":2,"\u{1f600}b":1}',
  );
  assert.equal(canonicalText({ "\u{10000}": 1, "\uffff": 2 }), '{"\uffff":2,"\u{10000}":1}');
  assert.equal(
    canonicalText({ "\u{103ff}": 1, "\u{103fe}": 2, "\ud7ff": 3 }),
    '{"\ud7ff":3,"\u{103fe}":2,"\u{103ff}":1}',
  );
  // U+E000 is the first above the surrogates.
  assert.equal(canonicalText({ "\u{10ffff}": 1, "\ue000": 2 }), '{"\ue000":2,"\u{10ffff}":1}');
  assert.equal(canonicalText({ ab: 1, a: 2, "": 3, B: 4 }), '{"":3,"B":4,"a":2,"ab":1}');
});

for (const value of [0.5, -1.5, Number.NaN, Infinity, 2 ** 53, -0]) {
  test(`refuses the number ${Object.is(value, -0) ? "-0" : String(value)}`, () => {
    const shown = Object.is(value, -0) ? "-0" : String(value);
    refused(() => canonicalise(new Map([["a", value]])), "TUF_JSON", new RegExp(`^${shown} is not a safe integer$`));
  });
}

test("refuses half of a surrogate pair in strings and names", () => {
  refused(() => canonicalise("\ud800"), "TUF_JSON", /surrogate/);
  refused(() => canonicalise(new Map([["\udc00", 1]])), "TUF_JSON", /surrogate/);
});

test("encodeJson escapes what would not be JSON, and nothing else", () => {
  assert.equal(
    new TextDecoder().decode(encodeJson('\n\u001f\u007f\u2028é"\\')),
    '"\\u000a\\u001f\u007f\u2028é\\"\\\\"',
  );
});

test("object literals become maps; undefined members are left out, maps inside stay", () => {
  const inner = new Map([["z", 1]]);
  const made = jsonObject({ a: undefined, b: [{ c: null }], d: inner });
  assert.deepEqual(
    made,
    new Map<string, JsonValue>([
      ["b", [new Map([["c", null]])]],
      ["d", inner],
    ]),
  );
  refused(() => jsonObject({ a: [0.5] }), "TUF_JSON", /safe integer/);
});

const integer = fc
  .integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER })
  .filter((n) => n !== 0 || !Object.is(n, -0));
function jsonOf(text: fc.Arbitrary<string>): fc.Arbitrary<JsonValue> {
  return fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constant(null),
      fc.boolean(),
      integer,
      text,
      fc.array(tie("value"), { maxLength: 3 }),
      fc.array(fc.tuple(text, tie("value")), { maxLength: 3 }).map((members) => new Map(members)),
    ),
  })).value;
}

test("what is encoded is read back, and its canonical form stays the same", () => {
  fc.assert(
    fc.property(jsonOf(anyText), (value) => {
      const again = parseJson(encodeJson(value));
      assert.deepEqual(canonicalise(again), canonicalise(value));
      assert.deepEqual(sorted(again), sorted(value));
    }),
  );
});

test("the canonical form is tuf-js's, where names are of the basic plane", () => {
  const basic = fc.string({
    unit: fc.integer({ min: 1, max: 0xd7ff }).map((code) => String.fromCharCode(code)),
    maxLength: 6,
  });
  fc.assert(
    fc.property(jsonOf(basic), (value) => {
      assert.deepEqual(canonicalise(value), utf8(canonicalize(plain(value))));
    }),
  );
});

function plain(value: JsonValue): unknown {
  if (value instanceof Map) {
    const object: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    for (const [name, member] of value as ReadonlyMap<string, JsonValue>) object[name] = plain(member);
    return object;
  }
  return Array.isArray(value) ? (value as readonly JsonValue[]).map(plain) : value;
}

/** Maps compare by order too; canonical text does not keep it. */
function sorted(value: JsonValue): unknown {
  if (value instanceof Map)
    return new Set(
      [...(value as ReadonlyMap<string, JsonValue>)].map(([n, v]) => JSON.stringify([n, sorted(v)], unset)),
    );
  return Array.isArray(value) ? (value as readonly JsonValue[]).map(sorted) : value;
}

function unset(_name: string, value: unknown): unknown {
  return value instanceof Set ? [...(value as Set<string>)].sort() : value;
}
