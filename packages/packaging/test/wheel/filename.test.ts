import assert from "node:assert/strict";
import { test } from "node:test";
import {
  formatVersion,
  parseDistributionFilename,
  parseSdistFilename,
  parseWheelFilename,
} from "@countermark/packaging";

const isRefusal = { name: "PackagingError", code: "FILENAME" };

test("PEP 427: the parts of a wheel's name", () => {
  assert.deepEqual(
    parseWheelFilename("Foo_Bar.baz-1.0.post1-1a-cp311.cp312-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"),
    {
      name: "foo-bar-baz",
      version: { epoch: 0n, release: [1n, 0n], post: 1n },
      build: "1a",
      pythonTags: ["cp311", "cp312"],
      abiTags: ["abi3"],
      platformTags: ["manylinux_2_17_x86_64", "manylinux2014_x86_64"],
    },
  );
  assert.equal(parseWheelFilename("six-1.17.0-py2.py3-none-any.whl").build, undefined);
  assert.equal(formatVersion(parseWheelFilename("foo-1.0+local_1-py3-none-any.whl").version), "1.0+local.1");
});

test("names of wheels that are none", () => {
  const names = [
    ...[
      "",
      ".whl",
      "foo.whl",
      "foo-1.0.whl",
      "foo-1.0-py3-none.whl",
      "foo-1.0-py3-none-any",
      "foo-1.0-py3-none-any.WHL",
    ],
    ...[
      "foo-1.0-x-py3-none-any.whl",
      "foo-1.0-1-2-py3-none-any.whl",
      "foo-one-py3-none-any.whl",
      "foo__bar-1.0-py3-none-any.whl",
    ],
    ...[
      "-1.0-py3-none-any.whl",
      "foo--py3-none-any.whl",
      "foo-1.0--none-any.whl",
      "foo-1.0-py3-none-.whl",
      "foo-1.0-py3..py2-none-any.whl",
      "foo-1.0-311-none-any.whl",
      "foo-1.0-py3.39-none-any.whl",
    ],
    ...[
      "../foo-1.0-py3-none-any.whl",
      "foo-1.0-py3-none-any/x.whl",
      "foo-1.0\n-py3-none-any.whl",
      "föö-1.0-py3-none-any.whl",
    ],
    ...[
      "foo-1.0-1/../x-py3-none-any.whl",
      " foo-1.0-py3-none-any.whl",
      "_foo-1.0-py3-none-any.whl",
      "foo-1.0-py3-none-any\0.whl",
    ],
    `${"a".repeat(240)}-1.0-py3-none-any.whl`,
  ];
  for (const name of names) assert.throws(() => parseWheelFilename(name), isRefusal, JSON.stringify(name));
});

test("names of sdists, new and old", () => {
  const cases: [string, string, string][] = [
    ["foo_bar-1.0.tar.gz", "foo-bar", "1.0"],
    ["python-dateutil-2.8.2.tar.gz", "python-dateutil", "2.8.2"],
    ["Foo.Bar-1.0.zip", "foo-bar", "1.0"],
    ["foo-1.0-rc1.tar.gz", "foo", "1.0rc1"],
    ["foo-py2-1.0.tar.gz", "foo-py2", "1.0"],
    ["backports.zoneinfo-0.2.1.tar.gz", "backports-zoneinfo", "0.2.1"],
    ["foo-2013.1a1.tar.gz", "foo", "2013.1a1"],
  ];
  for (const [filename, name, version] of cases) {
    const parsed = parseSdistFilename(filename);
    assert.deepEqual([parsed.name, formatVersion(parsed.version)], [name, version], filename);
  }
});

test("an sdist's name of two readings is refused, unless the project decides", () => {
  assert.throws(() => parseSdistFilename("foo-2-1.tar.gz"), isRefusal);
  assert.throws(() => parseSdistFilename("foo-1.0-1.tar.gz"), isRefusal);
  assert.equal(formatVersion(parseSdistFilename("foo-2-1.tar.gz", "foo").version), "2.post1");
  assert.equal(formatVersion(parseSdistFilename("foo-2-1.tar.gz", "foo-2").version), "1");
  assert.throws(() => parseSdistFilename("foo-2-1.tar.gz", "bar"), isRefusal);
});

test("names of sdists that are none", () => {
  const names = [
    "",
    "foo.tar.gz",
    "foo-.tar.gz",
    "-1.0.tar.gz",
    "foo-one.tar.gz",
    "foo-1.0.tar.bz2",
    "foo-1.0.tgz",
    "foo-1.0.egg",
  ];
  const tricks = [
    "../foo-1.0.tar.gz",
    "a/foo-1.0.tar.gz",
    "foo-1.0\\.tar.gz",
    "foo-1.0\n.tar.gz",
    " foo-1.0.tar.gz",
    "foo-1.0 .zip",
  ];
  for (const name of [...names, ...tricks, `foo-${"1".repeat(250)}.zip`]) {
    assert.throws(() => parseSdistFilename(name), isRefusal, JSON.stringify(name));
  }
});

test("either kind, and the project it must be of", () => {
  const { version, ...rest } = parseDistributionFilename("Foo-1.0-py3-none-any.whl");
  assert.equal(formatVersion(version), "1.0");
  assert.deepEqual(rest, { kind: "wheel", project: "foo", filename: "Foo-1.0-py3-none-any.whl" });
  assert.equal(parseDistributionFilename("foo-2-1.zip", "foo-2").kind, "sdist");
  assert.throws(() => parseDistributionFilename("foo-1.0-py3-none-any.whl", "bar"), isRefusal);
  for (const name of ["foo-1.0.egg", "foo-1.0.exe", "constructor", "foo-1.0.whl.metadata", "foo-1.0.tar.gz.asc"]) {
    assert.throws(() => parseDistributionFilename(name), isRefusal, name);
  }
});
