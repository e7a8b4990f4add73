import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeReleaseFile, encodeReleaseFile, projectHash, type ReleaseFile } from "@countermark/repository";
import { jsonObject, makeTargetFile, type PlainJson } from "@countermark/tuf";
import { refusal } from "../refusal.ts";

const sha256 = "ab".repeat(32);
const path = `${projectHash("flask")}/flask/flask-3.0.0-py3-none-any.whl`;
const plain: ReleaseFile = {
  filename: "flask-3.0.0-py3-none-any.whl",
  sha256,
  length: 12,
  uploadTime: Date.parse("2026-01-02T03:04:05Z"),
};

test("an entry with every field reads back as what was written", () => {
  const full: ReleaseFile = {
    ...plain,
    requiresPython: ">=3.8,!=3.9.*",
    coreMetadata: "cd".repeat(32),
    yanked: "breaks on Mondays",
    adopted: true,
  };
  assert.deepEqual(decodeReleaseFile(...encodeReleaseFile("flask", full)), full);
});

test("an entry with the least fields reads back as what was written", () => {
  assert.deepEqual(decodeReleaseFile(...encodeReleaseFile("flask", plain)), plain);
});

test("custom fields are named as in the simple API", () => {
  const [, entry] = encodeReleaseFile("flask", { ...plain, yanked: true });
  assert.deepEqual([...(entry.custom ?? [])].map(([name]) => name).sort(), ["upload-time", "yanked"]);
  assert.equal(entry.custom?.get("upload-time"), "2026-01-02T03:04:05Z");
});

const good = { "upload-time": "2026-01-02T03:04:05Z" };
const wrong: Record<string, Record<string, PlainJson>> = {
  "no upload-time": {},
  "an upload-time without zone": { "upload-time": "2026-01-02T03:04:05" },
  "an upload-time that is a number": { "upload-time": 5 },
  "an unknown field": { ...good, "requires-pyton": ">=3" },
  "a requires-python that is no text": { ...good, "requires-python": 3 },
  "a requires-python with a line break": { ...good, "requires-python": ">=3\n" },
  "an endless requires-python": { ...good, "requires-python": "x".repeat(1001) },
  "a core-metadata that is no digest": { ...good, "core-metadata": { sha256: "x" } },
  "a core-metadata with a second digest": { ...good, "core-metadata": { sha256, md5: "x" } },
  "a core-metadata that is only true": { ...good, "core-metadata": true },
  "a yanked that is false": { ...good, yanked: false },
  "an adopted that is false": { ...good, adopted: false },
};
for (const [what, custom] of Object.entries(wrong)) {
  test(`an entry with ${what} is refused`, () => {
    const entry = makeTargetFile({ length: 12, sha256, custom: jsonObject(custom) });
    assert.throws(() => decodeReleaseFile(path, entry), refusal("FILE_ENTRY"));
  });
}

test("a file of another project is refused", () => {
  const entry = makeTargetFile({ length: 12, sha256, custom: jsonObject(good) });
  const foreign = `${projectHash("flask")}/flask/django-5.0-py3-none-any.whl`;
  assert.throws(() => decodeReleaseFile(foreign, entry), refusal("FILE_ENTRY", /another project/));
});

test("a file that is no distribution is refused", () => {
  const entry = makeTargetFile({ length: 12, sha256, custom: jsonObject(good) });
  assert.throws(() => decodeReleaseFile(`${projectHash("flask")}/flask/flask.exe`, entry), refusal("FILE_ENTRY"));
});
