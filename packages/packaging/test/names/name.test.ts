import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isName, normaliseName, PackagingError, parseName } from "@countermark/packaging";

test("PEP 503: runs of separators become one dash, letters lower case", () => {
  assert.equal(normaliseName("Foo.Bar_baz--qux"), "foo-bar-baz-qux");
  assert.equal(parseName("zope.interface"), "zope-interface");
  assert.equal(parseName("A"), "a");
});

test("PEP 508: names that are none", () => {
  for (const text of ["", "-a", "a-", "a b", "a/b", "a\n", "\u212a", "ünïcode", "a".repeat(129), "..", "a\0"]) {
    assert.equal(isName(text), false, text);
    assert.throws(
      () => parseName(text),
      (error) => error instanceof PackagingError && error.code === "PROJECT_NAME",
    );
  }
});

test("a letter that is not ASCII never becomes one", () => {
  assert.equal(normaliseName("\u212aivy"), "\u212aivy");
});

test("normalising twice changes nothing, and keeps a name a name", () => {
  const name = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,40}[A-Za-z0-9])?$/);
  fc.assert(
    fc.property(name, (text) => {
      const once = parseName(text);
      assert.equal(normaliseName(once), once);
      assert.match(once, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    }),
  );
});
