import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { PackagingError, parseRequirement } from "@countermark/packaging";

const { requirements } = JSON.parse(
  readFileSync(new URL("../vectors/python-packaging.json", import.meta.url), "utf8"),
) as { requirements: readonly (readonly [text: string, isValid: boolean])[] };

const isRefusal = (error: unknown) =>
  error instanceof PackagingError && (error.code === "REQUIREMENT" || error.code === "SPECIFIER");

/** Python's packaging takes an underscore at the end of a name; PEP 508 does not. */
const STRICTER = new Set(["foo_"]);

test("dependencies are valid where Python's packaging says so", () => {
  for (const [text, isValid] of requirements) {
    if (isValid && !STRICTER.has(text)) parseRequirement(text);
    else assert.throws(() => parseRequirement(text), isRefusal, JSON.stringify(text));
  }
});

test("the parts of a dependency", () => {
  assert.deepEqual(parseRequirement("Foo.Bar [a, b_c] (>=1.0,!=1.1.*) ; extra == 'x'"), {
    name: "foo-bar",
    extras: ["a", "b_c"],
    specifiers: [
      { operator: ">=", version: "1.0" },
      { operator: "!=", version: "1.1.*" },
    ],
    marker: "extra == 'x'",
  });
  assert.deepEqual(parseRequirement("foo @ https://x/y.whl ; os_name == 'nt'"), {
    name: "foo",
    extras: [],
    specifiers: [],
    url: "https://x/y.whl",
    marker: "os_name == 'nt'",
  });
});

test("deep nesting and long texts are refused, not followed", () => {
  const nested = (depth: number) => `foo; ${"(".repeat(depth)}os_name=='x'${")".repeat(depth)}`;
  parseRequirement(nested(32));
  assert.throws(() => parseRequirement(nested(33)), isRefusal);
  assert.throws(() => parseRequirement(`foo; ${"(".repeat(1_000_000)}`), isRefusal);
});

test("any text is read or refused", () => {
  const piece = fc.constantFrom(
    "foo",
    "[",
    "]",
    "(",
    ")",
    ";",
    ",",
    ">=",
    "==",
    "1.0",
    ".*",
    "@",
    "'",
    '"',
    " ",
    "and",
    "or",
    "os_name",
    "in",
    "not",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      try {
        parseRequirement(pieces.join(""));
      } catch (error) {
        if (!isRefusal(error)) throw error;
      }
    }),
    { numRuns: 2000 },
  );
});
