import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDistributionFilename } from "@countermark/packaging";
import { foldedName } from "../../src/publisher/folded-name.ts";

const fold = (filename: string): string => foldedName(parseDistributionFilename(filename));

test("spellings of one file fold to one name", () => {
  for (const [a, b] of [
    ["Foo_Bar-1.0-py3-none-any.whl", "foo.bar-1.0-py3-none-any.whl"],
    ["foo-1.0-py3-none-any.whl", "foo-1.0-PY3-None-Any.whl"],
    ["foo-1.0-py2.py3-none-any.whl", "foo-1.0-py3.py2-none-any.whl"],
    ["foo-1.0a1-py3-none-any.whl", "foo-1.0.alpha.1-py3-none-any.whl"],
    ["Foo-1.0.tar.gz", "foo-1.0.tar.gz"],
    ["foo.bar-1.0.tar.gz", "foo_bar-1.0.tar.gz"],
  ] as const) {
    assert.equal(fold(a), fold(b), `${a} ${b}`);
  }
});

test("different files keep different names", () => {
  const names = [
    "foo-1.0-py3-none-any.whl",
    "foo-1.0-1-py3-none-any.whl",
    "foo-1.0.1-py3-none-any.whl",
    "foo-1.0-py3-none-linux_x86_64.whl",
    "foo-1.0-py2.py3-none-any.whl",
    "foo-1.0+local-py3-none-any.whl",
    "foo-1!1.0-py3-none-any.whl",
    "foo-1.0.tar.gz",
    "foo-1.0.zip",
    "foo-1.0.post1.tar.gz",
    "foo_1-1.0.tar.gz",
  ];
  assert.equal(new Set(names.map(fold)).size, names.length);
});
