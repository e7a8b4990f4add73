import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { isSafeFilename, parseTargetPath, projectHash, projectPattern, targetPath } from "@countermark/repository";
import { refusal } from "../refusal.ts";

const filename = fc.constantFrom("flask-3.0.0-py3-none-any.whl", "numpy-2.0.0.tar.gz", "a_b-1!2+local.tar.gz");
const project = fc.stringMatching(/^[a-z0-9]{1,20}(-[a-z0-9]{1,20}){0,3}$/);

test("a project's hash is the first four hex digits of SHA-256 over its name", () => {
  assert.equal(projectHash("flask"), createHash("sha256").update("flask").digest("hex").slice(0, 4));
});

test("a target path reads back as what it was made of, and lies under its project's pattern", () => {
  fc.assert(
    fc.property(project, filename, (name, file) => {
      const path = targetPath(name, file);
      assert.deepEqual(parseTargetPath(path), { hash: projectHash(name), project: name, filename: file });
      assert.ok(path.startsWith(projectPattern(name).slice(0, -1)));
    }),
  );
});

const hash = projectHash("flask");
const tricks = {
  "a wrong hash": "0000/flask/flask-3.0.0.tar.gz",
  "an upper-case hash": `${hash.toUpperCase()}x/flask/flask-3.0.0.tar.gz`,
  "no file": `${hash}/flask`,
  "an empty file name": `${hash}/flask/`,
  "a deeper path": `${hash}/flask/x/flask-3.0.0.tar.gz`,
  "a parent folder": `${hash}/flask/..`,
  "a parent folder as project": `${hash}/../flask-3.0.0.tar.gz`,
  "a name that is not normalised": `${hash}/Flask/flask-3.0.0.tar.gz`,
  "a backslash": `${hash}/flask/a\\b.tar.gz`,
  "a NUL": `${hash}/flask/a\0b.tar.gz`,
  "a hidden file": `${hash}/flask/.flask-3.0.0.tar.gz`,
  "a percent escape": `${hash}/flask/%2e%2e.tar.gz`,
  "a letter that looks alike": `${hash}/flask/fl\u0430sk-3.0.0.tar.gz`,
  "a leading slash": `/${hash}/flask/flask-3.0.0.tar.gz`,
  "a name over 255 characters": `${hash}/flask/${"a".repeat(256)}`,
};
for (const [what, path] of Object.entries(tricks)) {
  test(`a target path with ${what} is refused`, () => {
    assert.throws(() => parseTargetPath(path), refusal("TARGET_PATH"));
  });
}

test("a project name over 128 characters has no path", () => {
  const long = "a".repeat(129);
  assert.throws(() => parseTargetPath(`${projectHash(long)}/${long}/x.tar.gz`), refusal("TARGET_PATH"));
});

test("a safe file name has no character with a second meaning in a path, a URL or a page", () => {
  fc.assert(
    fc.property(fc.string(), (name) => {
      if (isSafeFilename(name)) assert.match(name, /^[\w.+!-]+$/);
    }),
  );
});
