import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import {
  compareVersions,
  formatVersion,
  isVersion,
  normaliseVersion,
  PackagingError,
  parseSpecifiers,
  parseVersion,
} from "@countermark/packaging";

interface PythonVectors {
  readonly versions: readonly (readonly [text: string, normal: string | null])[];
  readonly order: readonly (readonly string[])[];
  readonly specifiers: readonly (readonly [text: string, isValid: boolean])[];
}

const vectors = JSON.parse(
  readFileSync(new URL("../vectors/python-packaging.json", import.meta.url), "utf8"),
) as PythonVectors;

const refusal = (code: string) => (error: unknown) => error instanceof PackagingError && error.code === code;

test("versions are read and written as Python's packaging does", () => {
  for (const [text, normal] of vectors.versions) {
    assert.equal(isVersion(text), normal !== null, JSON.stringify(text));
    if (normal === null) assert.throws(() => parseVersion(text), refusal("VERSION"), JSON.stringify(text));
    else assert.equal(normaliseVersion(text), normal, JSON.stringify(text));
  }
});

test("versions are ordered as Python's packaging does, each against each", () => {
  const ranked = vectors.order.flatMap((equal, rank) => equal.map((text) => ({ rank, version: parseVersion(text) })));
  for (const a of ranked) {
    for (const b of ranked) {
      const expected = Math.sign(a.rank - b.rank);
      if (Math.sign(compareVersions(a.version, b.version)) !== expected) {
        assert.fail(`${formatVersion(a.version)} against ${formatVersion(b.version)}: expected ${expected}`);
      }
    }
  }
});

/** Python's packaging lets `===` stand alone; PEP 440 wants a version behind it. */
const STRICTER = new Set(["==="]);

test("specifiers are valid where Python's packaging says so", () => {
  for (const [text, isValid] of vectors.specifiers) {
    if (isValid && !STRICTER.has(text)) parseSpecifiers(text);
    else assert.throws(() => parseSpecifiers(text), refusal("SPECIFIER"), JSON.stringify(text));
  }
});

test("letters that are not ASCII, and digits of other scripts, are no version", () => {
  for (const text of ["1.0\u212a", "1.0+\u017f", "\u0661", "1.\uff11", "1.0\u00a0", "1\u200b.0"]) {
    assert.equal(isVersion(text), false, JSON.stringify(text));
  }
});

test("an over-long version is refused before it is read", () => {
  assert.equal(isVersion("1".repeat(256)), true);
  assert.throws(() => parseVersion("1".repeat(257)), refusal("VERSION"));
  assert.equal(isVersion("1.".repeat(1_000_000)), false);
});

const numbers = fc.bigInt({ min: 0n, max: 2n ** 70n });
const version = fc
  .record({
    epoch: fc.oneof(fc.constant(0n), numbers),
    release: fc.array(fc.oneof(fc.constant(0n), numbers), { minLength: 1, maxLength: 4 }),
    pre: fc.option(
      fc.record(
        { phase: fc.constantFrom("a" as const, "b" as const, "rc" as const), number: numbers },
        { noNullPrototype: true },
      ),
    ),
    post: fc.option(numbers),
    dev: fc.option(numbers),
    local: fc.option(
      fc.array(fc.oneof(numbers, fc.stringMatching(/^[0-9]{0,2}[a-z][a-z0-9]{0,3}$/)), { minLength: 1, maxLength: 3 }),
    ),
  })
  .map(({ epoch, release, pre, post, dev, local }) => ({
    epoch,
    release,
    ...(pre !== null && { pre }),
    ...(post !== null && { post }),
    ...(dev !== null && { dev }),
    ...(local !== null && { local }),
  }));

test("what is written is read back", () => {
  fc.assert(
    fc.property(version, (value) => {
      assert.deepEqual(parseVersion(formatVersion(value)), value);
    }),
  );
});

test("the order is total: antisymmetric and transitive", () => {
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      assert.equal(compareVersions(a, a), 0);
      assert.equal(Math.sign(compareVersions(a, b)), -Math.sign(compareVersions(b, a)) || 0);
      if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) assert.ok(compareVersions(a, c) <= 0);
    }),
  );
});

test("trailing zeros of a release change nothing but the text", () => {
  assert.equal(compareVersions(parseVersion("1.0"), parseVersion("1.0.0.0")), 0);
  assert.equal(normaliseVersion("1.0.0"), "1.0.0");
});
