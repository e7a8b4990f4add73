import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { acceptsGzip, matchesEtag, parseRange } from "../../src/http/conditions.ts";
import { reasonPhrase } from "../../src/http/reply.ts";

test("a range lies within the file and is not empty, whatever the header", () => {
  const header = fc.oneof(
    fc.string(),
    fc.tuple(fc.nat(), fc.nat()).map(([first, last]) => `bytes=${first}-${last}`),
    fc.nat().map((first) => `bytes=${first}-`),
    fc.nat().map((last) => `bytes=-${last}`),
  );
  fc.assert(
    fc.property(header, fc.nat(), (text, size) => {
      const range = parseRange(text, size);
      if (range === undefined || range === "unsatisfiable") return;
      assert.ok(range.start >= 0 && range.start < range.end && range.end <= size);
    }),
  );
});

test("of a file without bytes no range can be had", () => {
  for (const header of ["bytes=0-", "bytes=0-0", "bytes=-1"]) assert.equal(parseRange(header, 0), "unsatisfiable");
});

test("If-None-Match: lists, weak tags, the star", () => {
  for (const [header, matches] of [
    ['"a"', true],
    ['W/"a"', true],
    ['"b", "a"', true],
    ["*", true],
    ['"b"', false],
    ["a", false],
    ["", false],
    [`${'"b",'.repeat(2000)}"a"`, false],
  ] as const) {
    assert.equal(matchesEtag(header, '"a"'), matches, header.slice(0, 20));
  }
  assert.equal(matchesEtag(undefined, '"a"'), false);
});

test("no header makes the decision about gzip throw", () => {
  fc.assert(fc.property(fc.string(), (header) => typeof acceptsGzip(header) === "boolean"));
  assert.equal(acceptsGzip(undefined), false);
});

test("a reason phrase is one line of printable ASCII", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 500 }), (text) => {
      assert.match(reasonPhrase(text), /^[\x20-\x7e]{0,200}$/);
    }),
  );
  assert.equal(reasonPhrase("a\r\nSet-Cookie: x"), "a Set-Cookie: x");
});
