import assert from "node:assert/strict";
import { test } from "node:test";
import { checkDistribution, inspectDistribution, type PackagingErrorCode } from "@countermark/packaging";
import { buildWheel, FILENAME, METADATA, recordLines, WHEEL, wheelFiles } from "./build-wheel.ts";

const info = "foo-1.0.dist-info";

function problemsOf(source: ReturnType<typeof buildWheel>): readonly (readonly [code: string, message: string])[] {
  return checkDistribution(FILENAME, source).problems.map(({ code, message }) => [code, message]);
}

function withFile(path: string, content: string | Uint8Array): ReturnType<typeof buildWheel> {
  return buildWheel(wheelFiles().set(path, content));
}

test("a good wheel: what it is, and nothing wrong with it", () => {
  const { distribution, problems } = checkDistribution(FILENAME, buildWheel(wheelFiles()));
  assert.deepEqual(problems, []);
  assert.equal(distribution.kind, "wheel");
  assert.equal(distribution.project, "foo");
  assert.equal(distribution.version, "1.0");
  assert.equal(distribution.requiresPython, ">=3.8");
  assert.equal(Buffer.from(distribution.metadataBytes).toString(), METADATA);
  assert.deepEqual(inspectDistribution(FILENAME, buildWheel(wheelFiles())), distribution);
});

test("a good wheel with all that may be in it", () => {
  const files = wheelFiles()
    .set(
      `${info}/METADATA`,
      "Metadata-Version: 2.4\nName: foo\nVersion: 1.0.0\nLicense-File: sub/LICENSE\nDynamic: Summary\nProject-URL: Home, https://x\n",
    )
    .set(`${info}/licenses/sub/LICENSE`, "free")
    .set(`${info}/entry_points.txt`, "[console_scripts]\nfoo-1 = foo.bar:main [x]\n# c\n[a.b]\n: = v\nx y = z\n")
    .set("foo-1.0.data/scripts/foo", "#!python\n");
  const lines = recordLines(files).map((line) => (line.startsWith("foo/__init__") ? `${line}\r` : line));
  const folder = { name: "foo/" };
  const signature = { name: `${info}/RECORD.jws`, content: "{}" };
  assert.deepEqual(problemsOf(buildWheel(files, lines, [folder, signature])), []);
});

const recordProblems: readonly (readonly [what: string, change: (lines: string[]) => string[], message: RegExp])[] = [
  ["a file that is not listed", (lines) => lines.slice(1), /no hash of "foo\/__init__\.py"/],
  [
    "a listed file that is missing",
    (lines) => [...lines, `foo/gone.py,sha256=${"A".repeat(43)},1`],
    /lists "foo\/gone\.py"/,
  ],
  ["a listed file without hash", (lines) => lines.with(0, "foo/__init__.py,,"), /no hash of "foo\/__init__\.py"/],
  [
    "a wrong hash",
    (lines) => lines.with(0, `foo/__init__.py,sha256=${"A".repeat(43)},6`),
    /hash of "foo\/__init__\.py" differs/,
  ],
  [
    "a wrong size",
    (lines) => lines.with(0, (lines[0] ?? "").replace(/,6$/, ",7")),
    /size of "foo\/__init__\.py" differs/,
  ],
  ["a weak hash", (lines) => lines.with(0, "foo/__init__.py,md5=abc,6"), /not SHA-256 or better/],
  ["a path twice", (lines) => [...lines, lines[0] ?? ""], /twice/],
  ["a line of two fields", (lines) => lines.with(0, "foo/__init__.py,"), /three fields/],
  ["a line of four fields", (lines) => lines.with(0, `${lines[0] ?? ""},x`), /three fields/],
  ["a size that is no number", (lines) => lines.with(0, (lines[0] ?? "").replace(/,6$/, ",6x")), /not a number/],
  ["an open quote", (lines) => lines.with(0, '"foo/__init__.py,sha256=x,6'), /malformed/],
  ["text behind a quote", (lines) => lines.with(0, '"foo"/__init__.py,sha256=x,6'), /malformed/],
];
for (const [what, change, message] of recordProblems) {
  test(`RECORD with ${what}`, () => {
    const files = wheelFiles();
    const [first, ...rest] = problemsOf(buildWheel(files, change(recordLines(files))));
    assert.equal(first?.[0], "WHEEL_RECORD");
    assert.match(first[1], message);
    assert.deepEqual(rest, []);
  });
}

type FileProblem = readonly [what: string, path: string, content: string | Uint8Array, code: PackagingErrorCode];

/** One line more in METADATA of a version of the format. */
function metadataProblem(what: string, version: string, line: string): FileProblem {
  const text = METADATA.replace("2.1", version)
    .replace(/^Summary:.*\n/m, "")
    .replace("\n\n", `\n${line}\n\n`);
  return [what, `${info}/METADATA`, text, "METADATA_FORMAT"];
}

const fileProblems: readonly FileProblem[] = [
  ["WHEEL of another format version", `${info}/WHEEL`, WHEEL.replace("1.0", "2.0"), "WHEEL_LAYOUT"],
  ["WHEEL without root", `${info}/WHEEL`, "Wheel-Version: 1.0\nTag: py3-none-any\n", "WHEEL_LAYOUT"],
  ["WHEEL without tag", `${info}/WHEEL`, "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n", "WHEEL_LAYOUT"],
  ["WHEEL that is no text", `${info}/WHEEL`, Buffer.of(0xff), "WHEEL_LAYOUT"],
  ["two Wheel-Versions", `${info}/WHEEL`, `${WHEEL}Wheel-Version: 1.1\n`, "WHEEL_LAYOUT"],
  [
    "a command with a path for a name",
    `${info}/entry_points.txt`,
    "[console_scripts]\n../x = foo:main\n",
    "ENTRY_POINTS",
  ],
  ["a command that names no function", `${info}/entry_points.txt`, "[gui_scripts]\nx = foo\n", "ENTRY_POINTS"],
  [
    "a command with code for an object",
    `${info}/entry_points.txt`,
    "[gui_scripts]\nx = foo:bar();evil()\n",
    "ENTRY_POINTS",
  ],
  ["a command twice", `${info}/entry_points.txt`, "[console_scripts]\nx = a:b\nx = c:d\n", "ENTRY_POINTS"],
  ["an entry group twice", `${info}/entry_points.txt`, "[a]\nx = a:b\n[a]\ny = c:d\n", "ENTRY_POINTS"],
  ["an entry before its group", `${info}/entry_points.txt`, "x = a:b\n", "ENTRY_POINTS"],
  ["a line without equals sign", `${info}/entry_points.txt`, "[a]\nx\n", "ENTRY_POINTS"],
  ["entry points that are no text", `${info}/entry_points.txt`, Buffer.of(0xff), "ENTRY_POINTS"],
  [
    "a dependency that is none",
    `${info}/METADATA`,
    METADATA.replace("\n\n", "\nRequires-Dist: a (1.0)\n\n"),
    "SPECIFIER",
  ],
  [
    "a dependency without name",
    `${info}/METADATA`,
    METADATA.replace("\n\n", "\nRequires-Dist: >=1\n\n"),
    "REQUIREMENT",
  ],
  ["a Requires-Python that is none", `${info}/METADATA`, METADATA.replace(">=3.8", ">=3.8.*"), "SPECIFIER"],
  [
    "an extra that is no name",
    `${info}/METADATA`,
    METADATA.replace("\n\n", "\nProvides-Extra: a b\n\n"),
    "METADATA_FORMAT",
  ],
  [
    "a project URL without label",
    `${info}/METADATA`,
    METADATA.replace("\n\n", "\nProject-URL: https://x\n\n"),
    "METADATA_FORMAT",
  ],
  [
    "a dynamic name",
    `${info}/METADATA`,
    METADATA.replace("2.1", "2.2").replace("\n\n", "\nDynamic: Name\n\n"),
    "METADATA_FORMAT",
  ],
  [
    "a license file that is missing",
    `${info}/METADATA`,
    METADATA.replace("2.1", "2.4").replace("\n\n", "\nLicense-File: LICENSE\n\n"),
    "METADATA_FORMAT",
  ],
  ...Object.entries({
    "a description of a type that nobody renders": "Description-Content-Type: text/html",
    "a field that the version of its format does not have": "Import-Name: foo",
    "a summary of two lines": "Summary: one\n  two",
  }).map(([what, line]) => metadataProblem(what, "2.1", line)),
  ...Object.entries({
    "a dynamic field that is none": "Dynamic: Something",
    "a license file above the folder": "License-File: ../LICENSE",
    "a license expression that ends in the middle": "License-Expression: MIT OR",
    "an import name that no import statement takes": "Import-Name: foo.class",
  }).map(([what, line]) => metadataProblem(what, "2.5", line)),
  ["a data folder of another name", "bar-1.0.data/scripts/x", "", "WHEEL_LAYOUT"],
  ["an unknown scheme", "foo-1.0.data/evil/x", "", "WHEEL_LAYOUT"],
];
for (const [what, path, content, code] of fileProblems) {
  test(`reports ${what}`, () => {
    const problems = problemsOf(withFile(path, content));
    assert.deepEqual(
      problems.map(([found]) => found),
      [code],
    );
  });
}

test("long lines are read in time that grows with their length, not its square", () => {
  const brackets = withFile(`${info}/entry_points.txt`, `[console_scripts]\nx = a:b${"[".repeat(500_000)}]\n`);
  assert.deepEqual(
    problemsOf(brackets).map(([code]) => code),
    ["ENTRY_POINTS"],
  );
  const blanks = METADATA.replace(">=3.8", `>=3${" ".repeat(4000)},<4`);
  assert.deepEqual(problemsOf(withFile(`${info}/METADATA`, blanks)), []);
});

test("all problems are reported at once, up to a hundred", () => {
  const files = wheelFiles();
  for (let i = 0; i < 150; i += 1) files.set(`foo/${i}.py`, "");
  assert.equal(problemsOf(buildWheel(files, [])).length, 100);
});

const refused: readonly (readonly [
  what: string,
  code: PackagingErrorCode,
  filename: string,
  source: () => ReturnType<typeof buildWheel>,
])[] = [
  [
    "metadata of another project",
    "METADATA_MISMATCH",
    FILENAME,
    () => withFile(`${info}/METADATA`, METADATA.replace("foo", "bar")),
  ],
  [
    "metadata of another version",
    "METADATA_MISMATCH",
    FILENAME,
    () => withFile(`${info}/METADATA`, METADATA.replace("1.0", "1.1")),
  ],
  ["a file name of another project", "WHEEL_LAYOUT", "bar-1.0-py3-none-any.whl", () => buildWheel(wheelFiles())],
  ["a file name of another version", "WHEEL_LAYOUT", "foo-1.1-py3-none-any.whl", () => buildWheel(wheelFiles())],
  ["a second .dist-info", "WHEEL_LAYOUT", FILENAME, () => withFile("bar-1.0.dist-info/METADATA", METADATA)],
  [
    "a second .dist-info in other case",
    "WHEEL_LAYOUT",
    FILENAME,
    () => withFile("Foo-1.0.DIST-INFO/METADATA", METADATA),
  ],
  ["a .dist-info that is a file", "WHEEL_LAYOUT", FILENAME, () => withFile("x.dist-info", "")],
  ["a name that is no wheel's", "FILENAME", "foo.whl", () => buildWheel(wheelFiles())],
];
for (const [what, code, filename, source] of refused) {
  test(`refuses ${what}`, () => {
    assert.throws(() => inspectDistribution(filename, source()), { code });
    assert.throws(() => checkDistribution(filename, source()), { code });
  });
}

for (const missing of ["METADATA", "WHEEL"]) {
  test(`refuses a wheel without ${missing}`, () => {
    const files = wheelFiles();
    files.delete(`${info}/${missing}`);
    assert.throws(() => inspectDistribution(FILENAME, buildWheel(files)), { code: "WHEEL_LAYOUT" });
  });
}

test("inspecting reads little of a large wheel", () => {
  const files = wheelFiles().set("foo/large.bin", new Uint8Array(3_000_000));
  const lines = recordLines(files);
  const whole = buildWheel(new Map([["foo/stored.bin", new Uint8Array(0)], ...files]), lines, [
    { name: "foo/stored2.bin", content: new Uint8Array(3_000_000) },
  ]);
  let read = 0;
  const counted = {
    size: whole.size,
    read: (offset: number, length: number) => {
      read += length;
      return whole.read(offset, length);
    },
  };
  inspectDistribution(FILENAME, counted);
  assert.ok(read < 100_000, `read ${read} bytes`);
});
