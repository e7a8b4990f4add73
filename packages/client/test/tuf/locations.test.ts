import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ClientError } from "../../src/errors.ts";
import { readBaseUrl, roleLocation, targetLocation } from "../../src/tuf/locations.ts";

const BASE = "https://example.org/some/folder/";

test("a base URL ends in a slash and is a folder of the web", () => {
  assert.equal(readBaseUrl("https://example.org/some/folder"), BASE);
  assert.equal(readBaseUrl(BASE), BASE);
  for (const wrong of ["", "folder", "file:///etc/", "ftp://example.org/", `${BASE}?query`, `${BASE}#part`]) {
    assert.throws(() => readBaseUrl(wrong), ClientError);
  }
});

test("no role or target leads out of its base", () => {
  const path = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc
      .array(fc.constantFrom("..", ".", "", "a", "//", "\\", "http:", "%2e%2e", "?", "#", "@", ":"), { maxLength: 6 })
      .map((parts) => parts.join("/")),
  );
  fc.assert(
    fc.property(path, fc.boolean(), (name, consistent) => {
      fc.pre(name.isWellFormed());
      const role = new URL(roleLocation(name, consistent ? 7 : undefined), BASE).href;
      assert.ok(role.startsWith(BASE) && !role.slice(BASE.length).includes("/"), role);
      let location: string;
      try {
        location = targetLocation(name, consistent ? "0f" : undefined);
      } catch (error) {
        assert.ok(error instanceof ClientError);
        return;
      }
      const target = new URL(location, BASE);
      assert.ok(target.href.startsWith(BASE) && target.search === "" && target.hash === "", target.href);
      const asked = decodeURIComponent(target.href.slice(BASE.length));
      const cut = name.lastIndexOf("/") + 1;
      assert.equal(asked, consistent ? `${name.slice(0, cut)}0f.${name.slice(cut)}` : name);
    }),
  );
});

test("what has a meaning of its own only between segments stays readable", () => {
  assert.equal(targetLocation("a/b=c,d@e;f&g!.txt", undefined), "a/b=c,d@e;f&g!.txt");
  assert.equal(targetLocation("1.0+local", "aa"), "aa.1.0%2Blocal");
});
