import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { quote, roleFileName, targetFileName } from "../../src/tuf/safe-name.ts";

const name = fc.string({ unit: "grapheme", maxLength: 400 }).filter((text) => text.isWellFormed());

test("names are quoted as Python's urllib.parse.quote(name, '') does", () => {
  assert.equal(quote("../a b~c_d-e.f"), "..%2Fa%20b~c_d-e.f");
  assert.equal(quote("!'()*?#%é"), "%21%27%28%29%2A%3F%23%25%C3%A9");
});

test("roles have python-tuf's file names", () => {
  assert.equal(roleFileName("targets"), "targets.json");
  assert.equal(roleFileName("bin-0f"), "bin-0f.json");
  assert.equal(roleFileName("../x"), "..%2Fx.json");
});

test("no role takes a top-level role's file where case does not count", () => {
  for (const twin of ["Root", "ROOT", "Timestamp", "snapShot", "TARGETS"]) {
    assert.notEqual(roleFileName(twin).toLowerCase(), roleFileName(twin.toLowerCase()));
  }
});

test("no name is a device, hidden, a step up, or too long", () => {
  fc.assert(
    fc.property(fc.oneof(name, fc.constantFrom("con", "NUL.txt", "com1", "..", ".", ".x", "x".repeat(500))), (path) => {
      const file = targetFileName(path);
      assert.match(file, /^(?!\.)[\w.~%-]*$/);
      assert.doesNotMatch(file, /^(con|nul|com1)(\.|$)/i);
      assert.ok(file.length <= 200);
    }),
  );
});

test("no two names have the same file", () => {
  fc.assert(
    fc.property(name, name, (one, other) => {
      fc.pre(one !== other);
      assert.notEqual(targetFileName(one), targetFileName(other));
      assert.notEqual(roleFileName(one), roleFileName(other));
    }),
  );
});
