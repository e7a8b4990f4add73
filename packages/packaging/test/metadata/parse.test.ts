import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PackagingError, parseCoreMetadata } from "@countermark/packaging";

const parse = (text: string | Uint8Array) => parseCoreMetadata(Buffer.from(text));
const head = "Metadata-Version: 2.1\nName: Foo.Bar\nVersion: 1.0\n";
const isRefusal = { name: "PackagingError", code: "METADATA_FORMAT" };

test("fields, requirements and the description in the body", () => {
  const metadata = parse(
    `${head}Summary: a thing\nRequires-Python: >=3.8\nRequires-Dist: a>=1\nrequires-dist: b ; extra == 'x'\nKeywords:\n\n# Title\n\nName: not a field\n`,
  );
  assert.equal(metadata.metadataVersion, "2.1");
  assert.equal(metadata.name, "Foo.Bar");
  assert.equal(metadata.project, "foo-bar");
  assert.equal(metadata.version, "1.0");
  assert.equal(metadata.summary, "a thing");
  assert.equal(metadata.requiresPython, ">=3.8");
  assert.deepEqual(metadata.requiresDist, ["a>=1", "b ; extra == 'x'"]);
  assert.deepEqual(metadata.fields.get("keywords"), [""]);
  assert.equal(metadata.description, "# Title\n\nName: not a field\n");
});

test("a description as a field loses its margin, in all three forms of it", () => {
  assert.equal(
    parse(`${head}Description: one\n        two\n        \n          three\n`).description,
    "one\ntwo\n\n  three",
  );
  assert.equal(
    parse(`${head}Description: one\n       |two\n       |\n       |  three\n`).description,
    "one\ntwo\n\n  three",
  );
  assert.equal(parse(`${head}Description: one\n\ttwo\n`).description, "one\ntwo");
});

test("lines may end with CRLF; UNKNOWN and empty mean nothing", () => {
  const metadata = parse(
    "Metadata-Version: 1.0\r\nName: foo\r\nVersion: 1\r\nSummary: UNKNOWN\r\nRequires-Python: \r\n\r\nbody\r\n",
  );
  assert.equal(metadata.summary, undefined);
  assert.equal(metadata.requiresPython, undefined);
  assert.equal(metadata.description, "body\r\n");
  assert.equal(parse(head).description, undefined);
  assert.equal(parse(`${head}\n \n`).description, undefined);
});

test("every version of the format from 1.0 to 2.5, and no other", () => {
  const withVersion = (version: string) => parse(head.replace("2.1", version));
  for (const version of ["1.0", "1.1", "1.2", "2.0", "2.1", "2.2", "2.3", "2.4", "2.5"]) withVersion(version);
  for (const version of ["", "0.9", "1.3", "2", "2.6", "3.0", "2.10", "toString"])
    assert.throws(() => withVersion(version), isRefusal);
});

const refused: readonly (readonly [what: string, text: string | Uint8Array])[] = [
  ["nothing", ""],
  ["no name", "Metadata-Version: 2.1\nVersion: 1\n"],
  ["no version", "Metadata-Version: 2.1\nName: foo\n"],
  ["no metadata version", "Name: foo\nVersion: 1\n"],
  ["fields behind an empty line", `\n${head}`],
  ["an empty name", "Metadata-Version: 2.1\nName: \nVersion: 1\n"],
  ["a name that is none", "Metadata-Version: 2.1\nName: ../foo\nVersion: 1\n"],
  ["a version that is none", "Metadata-Version: 2.1\nName: foo\nVersion: one\n"],
  ["two names", `${head}Name: bar\n`],
  ["two names, other case", `${head}NAME: bar\n`],
  ["two versions", `${head}Version: 2.0\n`],
  ["two Requires-Python", `${head}Requires-Python: >=3\nRequires-Python: >=2\n`],
  ["a folded name", "Metadata-Version: 2.1\nName: foo\n bar\nVersion: 1\n"],
  ["a folded requirement", `${head}Requires-Dist: a\n  >=1\n`],
  ["a folded Requires-Python", `${head}Requires-Python: >=3\n ,<4\n`],
  ["a control character in a requirement", `${head}Requires-Dist: a\u0001\n`],
  ["a line separator in a requirement", `${head}Requires-Dist: a\u2028b\n`],
  ["a line that is no field", `${head}just text\n`],
  ["a field without colon", `${head}Summary\n`],
  ["a field name with a blank", `${head}Sum mary: x\n`],
  ["a mailbox line first", `From nobody\n${head}`],
  ["a byte order mark", `\ufeff${head}`],
  ["a continuation first", ` x\n${head}`],
  ["a lone carriage return", `${head}Summary: a\rName: bar\n`],
  ["a NUL", `${head}Summary: a\0b\n`],
  ["bytes that are not UTF-8", Buffer.concat([Buffer.from(`${head}Author: `), Buffer.of(0xe4, 0x0a)])],
];
for (const [what, text] of refused) {
  test(`refuses ${what}`, () => {
    assert.throws(() => parse(text), isRefusal);
  });
}

test("names of JavaScript's own are fields like any other", () => {
  const metadata = parse(`${head}constructor: x\nto-string: y\n`);
  assert.deepEqual(metadata.fields.get("constructor"), ["x"]);
  assert.equal(metadata.fields.get("tostring"), undefined);
});

test("no field that decides is longer than anybody needs", () => {
  parse(`${head}Requires-Python: ${">".repeat(4096)}\n`);
  assert.throws(() => parse(`${head}Requires-Python: ${">".repeat(4097)}\n`), isRefusal);
  assert.throws(() => parse(`${head}Requires-Dist: ${"a".repeat(8193)}\n`), isRefusal);
});

test("metadata beyond all measure is refused before it is read", () => {
  assert.throws(() => parseCoreMetadata(new Uint8Array(4 * 1024 * 1024 + 1)), isRefusal);
  assert.throws(() => parse(`${head}${"A: b\n".repeat(100_000)}`), isRefusal);
});

test("any text is read or refused", () => {
  const piece = fc.constantFrom(
    "Name",
    "Version",
    "Metadata-Version",
    ": ",
    ":",
    "\n",
    "\r\n",
    "\r",
    " ",
    "\t",
    "1.0",
    "2.1",
    "foo",
    "|",
    "\0",
    "ä",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      try {
        const metadata = parse(pieces.join(""));
        assert.match(metadata.project, /^[a-z0-9]+(-[a-z0-9]+)*$/);
      } catch (error) {
        assert.ok(error instanceof PackagingError && error.code === "METADATA_FORMAT", String(error));
      }
    }),
    { numRuns: 3000 },
  );
});
