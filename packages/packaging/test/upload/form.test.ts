import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { parseCoreMetadata } from "../../src/metadata/parse.ts";
import type { Distribution } from "../../src/distribution/distribution.ts";
import { Blake2b256 } from "../../src/upload/blake2b.ts";
import { compareFormWithFile } from "../../src/upload/compare.ts";
import { checkDigests, DigestStream, MAX_BLAKE2B_BYTES } from "../../src/upload/digests.ts";
import { readUploadForm } from "../../src/upload/form.ts";

type Changes = Readonly<Record<string, string | readonly string[] | undefined>>;

const DIGEST = "a".repeat(64);
const PLAIN: Changes = {
  ":action": "file_upload",
  protocol_version: "1",
  metadata_version: "2.4",
  name: "Sam.Ple",
  version: "1.0",
  filetype: "bdist_wheel",
  pyversion: "py3",
  sha256_digest: DIGEST,
};
const FILE = { filename: "sam_ple-1.0-py3-none-any.whl", contentType: "application/octet-stream" };
const SDIST = { filename: "sam_ple-1.0.tar.gz", contentType: undefined };

function read(changes: Changes = {}, file: { filename: string; contentType: string | undefined } = FILE) {
  const entries = Object.entries({ ...PLAIN, ...changes }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, typeof value === "string" ? [value] : value] as const],
  );
  return readUploadForm(new Map(entries), file);
}

test("a form is understood, however a known tool has filled it in", () => {
  const { project, kind, filename, digests } = read();
  assert.deepEqual([project, kind, filename, digests], ["sam-ple", "wheel", FILE.filename, { sha256: DIGEST }]);
  const sdist = { filetype: "sdist", pyversion: "source" };
  for (const changes of [
    sdist,
    { ...sdist, pyversion: undefined },
    { ...sdist, pyversion: "", metadata_version: "1.0", name: "sam-ple", protocol_version: undefined },
    { ...sdist, metadata_version: "2.5", md5_digest: "B".repeat(32), sha256_digest: undefined },
  ]) {
    assert.equal(read(changes, SDIST).kind, "sdist");
  }
  const distutils = { md5_digest: "b".repeat(32), blake2_256_digest: "c".repeat(128) };
  assert.deepEqual(read(distutils).digests, { md5: "b".repeat(32), sha256: DIGEST });
  assert.throws(() => read({ ...distutils, md5_digest: undefined }), { code: "UPLOAD_FORM" });
  assert.deepEqual(read({ md5_digest: "B".repeat(32) }).digests.md5, "b".repeat(32));
});

test("what no upload tool sends is refused, each with its reason", () => {
  const forms: readonly [Changes, RegExp][] = [
    [{ ":action": "doc_upload" }, /:action is "doc_upload"/],
    [{ ":action": undefined }, /:action is missing/],
    [{ protocol_version: "2" }, /protocol_version is "2"/],
    [{ metadata_version: "3.0" }, /metadata_version "3.0" is not known/],
    [{ metadata_version: undefined }, /metadata_version is missing/],
    [{ name: "UNKNOWN" }, /name is missing/],
    [{ name: "../etc" }, /name is not a project name/],
    [{ name: ["a", "b"] }, /name stands in it twice/],
    [{ version: "one" }, /version is not a version/],
    [{ filetype: "sdist" }, /filetype is "sdist", but the file/],
    [{ filetype: undefined }, /filetype is missing/],
    [{ pyversion: "source" }, /pyversion is "source", but the file/],
    [{ sha256_digest: undefined }, /states no digest/],
    [{ sha256_digest: "a".repeat(63) }, /sha256_digest is not 64 hex digits/],
    [{ md5_digest: "g".repeat(32) }, /md5_digest is not 32 hex digits/],
  ];
  for (const [changes, message] of forms) assert.throws(() => read(changes), { code: "UPLOAD_FORM", message });
  assert.throws(() => read({}, { ...FILE, contentType: "image/png" }), { code: "UPLOAD_FORM" });
});

test("a file name with a path, a control character or a stranger's letter in it is refused", () => {
  const names = ["../", "a/", "a\\", "\u0000", "\r\n", "é", "\u202e", ".", "%2f", " "].map(
    (part) => part + FILE.filename,
  );
  for (const filename of [...names, `${FILE.filename}\n`, "", "sam_ple-1.0.exe", `${"a".repeat(300)}-1.0.tar.gz`]) {
    assert.throws(() => read({}, { ...FILE, filename }), { code: "FILENAME" }, JSON.stringify(filename));
  }
});

const METADATA = `Metadata-Version: 2.4
Name: sam-ple
Version: 1.0
Summary: one
  two
Keywords: a,b
Classifier: X
Classifier: Y
Requires-Python: >=3.9, <4
Requires-Dist: foo (>=1) ; extra == 'x'
Requires-Dist: bar
Provides-Extra: x
Author: UNKNOWN

The description.

 With lines.
`;

function compare(changes: Changes): void {
  const metadata = parseCoreMetadata(Buffer.from(METADATA));
  const file: Distribution = {
    ...{ filename: FILE.filename, kind: "wheel" as const, project: "sam-ple", version: "1", metadata },
    metadataBytes: Buffer.from(METADATA),
  };
  compareFormWithFile(read(changes), file);
}

test("a form that repeats the file's metadata, in any tool's spelling, or says nothing, agrees with it", () => {
  for (const changes of [
    {},
    {
      version: "1.0.0",
      summary: "one two",
      keywords: ["a", "b"],
      author: "UNKNOWN",
      author_email: "",
      home_page: "None",
    },
    {
      summary: "one\ntwo",
      keywords: "b, a",
      classifiers: ["Y", "X"],
      description: "The description.\r\n\r\nWith lines.",
    },
    { requires_python: ">=3.9,<4", requires_dist: ["bar", 'foo (>=1); extra == "x"'] },
  ]) {
    compare(changes);
  }
});

test("a form that says something else than the file is refused, whatever it is about", () => {
  for (const [field, value] of Object.entries({
    name: "other",
    version: "1.1",
    summary: "three",
    description: "Another one.",
    keywords: "a",
    classifiers: ["X"],
    requires_python: ">=3.9",
    requires_dist: ["bar", "foo (>=2) ; extra == 'x'"],
    provides_extra: ["x", "y"],
    author: "Somebody",
    license_expression: "MIT",
    project_urls: "Home, https://example.org",
  })) {
    const message = new RegExp(`^the form says ${field} `);
    assert.throws(
      () => {
        compare({ [field]: value });
      },
      { code: "UPLOAD_MISMATCH", message },
      field,
    );
  }
});

test("digests: each one that is stated must be right", () => {
  const stream = new DigestStream();
  stream.update(Buffer.from("ab"));
  stream.update(Buffer.from("c"));
  const digests = stream.digests();
  // RFC 1321, FIPS 180-4, and BLAKE2b-256 as Python's hashlib computes it.
  assert.deepEqual(digests, {
    md5: "900150983cd24fb0d6963f7d28e17f72",
    sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    blake2b256: "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319",
  });
  checkDigests(digests, digests);
  checkDigests({}, digests);
  for (const name of ["md5", "sha256", "blake2b256"] as const) {
    assert.throws(
      () => {
        checkDigests({ [name]: "0" }, digests);
      },
      { code: "UPLOAD_DIGEST" },
      name,
    );
  }
});

test("of a large file SHA-256 settles it; BLAKE2b alone does not", () => {
  const stream = new DigestStream();
  stream.update(Buffer.alloc(MAX_BLAKE2B_BYTES + 1));
  const { sha256, blake2b256 } = stream.digests();
  assert.equal(blake2b256, undefined);
  const digests = { md5: "", sha256, blake2b256 };
  checkDigests({ sha256, blake2b256: "0" }, digests);
  assert.throws(
    () => {
      checkDigests({ sha256: "0", blake2b256: "0" }, digests);
    },
    { code: "UPLOAD_DIGEST" },
  );
  assert.throws(
    () => {
      checkDigests({ blake2b256: "0" }, digests);
    },
    { code: "UPLOAD_DIGEST" },
  );
});

test("BLAKE2b-256 over the borders of blocks does not depend on how bytes come in pieces", () => {
  const empty = "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8";
  assert.equal(new Blake2b256().digest(), empty);
  for (const length of [1, 127, 128, 129, 255, 256, 257, 1000]) {
    const bytes = randomBytes(length);
    const pieces = new Blake2b256();
    for (const byte of bytes) pieces.update(Uint8Array.of(byte));
    assert.equal(pieces.digest(), new Blake2b256().update(bytes).digest(), `${length} bytes`);
  }
  const long = Buffer.alloc(1000, "x");
  assert.equal(new Blake2b256().update(long).digest(), LONG);
  assert.notEqual(createHash("blake2b512").update(long).digest("hex").slice(0, 64), LONG);
});

/** hashlib.blake2b(b"x" * 1000, digest_size=32).hexdigest() */
const LONG = "ab75119ede14ef06ebf31f745fb655ed006cccfe8054c635308a557f7c9beaba";
