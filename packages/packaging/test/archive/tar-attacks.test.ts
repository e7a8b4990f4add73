import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import {
  bytesSource,
  checkDistribution,
  inspectDistribution,
  PackagingError,
  type PackagingErrorCode,
} from "@countermark/packaging";
import { buildTar, buildTarGz, pax, TAR_END, type TarMember } from "./build-tar.ts";
import { buildZip } from "./build-zip.ts";

const pkgInfo: TarMember = { name: "foo-1.0/PKG-INFO", content: "Metadata-Version: 2.1\nName: foo\nVersion: 1.0\n" };
const setup: TarMember = { name: "foo-1.0/setup.py", content: "print()\n" };

const inspect = (bytes: Uint8Array) => inspectDistribution("foo-1.0.tar.gz", bytesSource(bytes));
const inspectTar = (members: readonly TarMember[], end?: Uint8Array) => inspect(buildTarGz(members, end));

function refuses(what: string, code: PackagingErrorCode, attempt: () => unknown): void {
  test(`refuses ${what}`, () => {
    assert.throws(attempt, (error) => {
      assert.ok(error instanceof PackagingError, String(error));
      assert.equal(error.code, code, error.message);
      assert.doesNotMatch(error.message, /[\n\r]|\.$/);
      return true;
    });
  });
}

const accepted: readonly (readonly [what: string, members: readonly TarMember[]])[] = [
  ["plain ustar", [{ name: "foo-1.0/", type: "5" }, pkgInfo, setup]],
  ["a folder without slash", [{ name: "foo-1.0", type: "5" }, pkgInfo]],
  ["GNU's magic", [{ ...pkgInfo, magic: "ustar  \0" }]],
  ["a header of Unix V7", [{ ...pkgInfo, magic: "\0".repeat(8) }]],
  ["the old flag of a regular file", [{ ...pkgInfo, type: "\0" }]],
  ["a name in two parts", [pkgInfo, { name: "setup.py", prefix: "foo-1.0", content: "x" }]],
  [
    "a pax path",
    [
      pkgInfo,
      pax([
        ["path", `foo-1.0/${"ä".repeat(120)}`],
        ["mtime", "1.5"],
      ]),
      { name: "cut off", content: "x" },
    ],
  ],
  ["a pax size that repeats the header's", [pax([["size", pkgInfo.content?.length.toString() ?? ""]]), pkgInfo]],
  ["git's global header", [pax([["comment", "0123456789abcdef"]], "g"), pkgInfo]],
  [
    "a GNU long name",
    [pkgInfo, { name: "././@LongLink", type: "L", content: `foo-1.0/${"x".repeat(200)}\0` }, { name: "cut" }],
  ],
  ["a link inside", [pkgInfo, { name: "foo-1.0/a/b", type: "2", linkName: "../setup.py" }]],
  ["a hard link to an earlier file", [pkgInfo, setup, { name: "foo-1.0/b", type: "1", linkName: "foo-1.0/setup.py" }]],
];
for (const [what, members] of accepted) {
  test(`takes ${what}`, () => {
    const { project, version, kind, metadataBytes } = inspectTar(members);
    assert.deepEqual({ project, version, kind }, { project: "foo", version: "1.0", kind: "sdist" });
    assert.equal(Buffer.from(metadataBytes).toString(), pkgInfo.content);
  });
}

for (const name of [
  "/etc/passwd",
  "../x",
  "foo-1.0/../../x",
  "foo-1.0//x",
  "./foo-1.0/x",
  "foo-1.0\\x",
  "C:x",
  "foo-1.0/\u202ex",
]) {
  refuses(`the name ${JSON.stringify(name)}`, "ARCHIVE_NAME", () => inspectTar([pkgInfo, { name }]));
  refuses(`the pax path ${JSON.stringify(name)}`, "ARCHIVE_NAME", () =>
    inspectTar([pkgInfo, pax([["path", name]]), { name: "foo-1.0/x" }]),
  );
}
refuses("a name that is not UTF-8", "ARCHIVE_NAME", () => inspectTar([pkgInfo, { name: Uint8Array.of(0x66, 0xff) }]));
refuses("a pax path with a NUL inside", "ARCHIVE_NAME", () =>
  inspectTar([pkgInfo, pax([["path", "foo-1.0/a\0b"]]), { name: "foo-1.0/x" }]),
);

const links: readonly (readonly [what: string, member: TarMember])[] = [
  ["a link to an absolute path", { name: "foo-1.0/x", type: "2", linkName: "/etc/passwd" }],
  ["a link out of the archive", { name: "foo-1.0/x", type: "2", linkName: "../../etc/passwd" }],
  ["a link to the top folder's parent", { name: "foo-1.0/x", type: "2", linkName: ".." }],
  ["a link that leaves and comes back", { name: "foo-1.0/x", type: "2", linkName: "../foo-1.0/setup.py" }],
  ["a link that goes up behind a name", { name: "foo-1.0/a/x", type: "2", linkName: "s/../../y" }],
  ["a link to nothing", { name: "foo-1.0/x", type: "2", linkName: "" }],
  ["a hard link to a file that is not there", { name: "foo-1.0/x", type: "1", linkName: "foo-1.0/y" }],
  ["a hard link out of the archive", { name: "foo-1.0/x", type: "1", linkName: "../../etc/passwd" }],
];
for (const [what, member] of links) refuses(what, "ARCHIVE_LINK", () => inspectTar([pkgInfo, member]));
refuses("a member below a link", "ARCHIVE_DUPLICATE", () =>
  inspectTar([pkgInfo, { name: "foo-1.0/d", type: "2", linkName: "e" }, { name: "foo-1.0/d/x" }]),
);
refuses("a hard link to a link", "ARCHIVE_LINK", () =>
  inspectTar([
    pkgInfo,
    { name: "foo-1.0/a", type: "2", linkName: "b" },
    { name: "foo-1.0/c", type: "1", linkName: "foo-1.0/a" },
  ]),
);

for (const type of ["3", "4", "6", "7", "S", "D", "V", "M", "N", "z"]) {
  refuses(`a member of type ${type}`, "ARCHIVE_UNSUPPORTED", () => inspectTar([pkgInfo, { name: "foo-1.0/x", type }]));
}
refuses("a sparse file in pax form", "ARCHIVE_UNSUPPORTED", () =>
  inspectTar([pkgInfo, pax([["GNU.sparse.major", "1"]]), { name: "foo-1.0/x" }]),
);
refuses("a foreign character set", "ARCHIVE_UNSUPPORTED", () => inspectTar([pax([["hdrcharset", "BINARY"]]), pkgInfo]));

refuses("a name twice", "ARCHIVE_DUPLICATE", () => inspectTar([pkgInfo, setup, setup]));
refuses("PKG-INFO twice", "SDIST_LAYOUT", () => inspectTar([pkgInfo, pkgInfo]));
refuses("two top folders", "SDIST_LAYOUT", () => inspectTar([pkgInfo, { name: "bar-1.0/setup.py" }]));
refuses("a file beside the top folder", "SDIST_LAYOUT", () => inspectTar([pkgInfo, { name: "README" }]));
refuses("no PKG-INFO", "SDIST_LAYOUT", () => inspectTar([setup]));
refuses("PKG-INFO that is a link", "SDIST_LAYOUT", () =>
  inspectTar([setup, { name: "foo-1.0/PKG-INFO", type: "2", linkName: "setup.py" }]),
);
refuses("an empty archive", "SDIST_LAYOUT", () => inspectTar([]));
refuses("metadata of another project", "METADATA_MISMATCH", () =>
  inspectTar([{ ...pkgInfo, content: "Metadata-Version: 2.1\nName: bar\nVersion: 1.0\n" }]),
);
refuses("metadata of another version", "METADATA_MISMATCH", () =>
  inspectTar([{ ...pkgInfo, content: "Metadata-Version: 2.1\nName: foo\nVersion: 1.1\n" }]),
);

const malformed: readonly (readonly [what: string, members: readonly TarMember[], end?: Uint8Array])[] = [
  ["a wrong checksum", [{ ...pkgInfo, checksum: "000000\0 " }]],
  ["a header without magic, with a name prefix", [{ ...pkgInfo, magic: "\0".repeat(8), prefix: "evil" }]],
  ["a header of unknown magic", [{ ...pkgInfo, magic: "ustar\x0099" }]],
  ["a GNU header with a name prefix", [{ ...pkgInfo, magic: "ustar  \0", prefix: "evil" }]],
  ["a size in base 256", [{ ...pkgInfo, size: "\x80\0\0\0\0\0\0\0\0\0\0\x10" }]],
  ["a size that is no number", [{ ...pkgInfo, size: "0000000x010\0" }]],
  ["a size behind a NUL", [{ ...pkgInfo, size: "\x000000000010\0" }]],
  ["an empty size", [{ ...pkgInfo, size: "\0".repeat(12) }]],
  ["a pax size other than the header's", [pax([["size", "0"]]), pkgInfo]],
  [
    "a pax path twice",
    [
      pax([
        ["path", "foo-1.0/a"],
        ["path", "foo-1.0/b"],
      ]),
      { name: "foo-1.0/x" },
    ],
  ],
  ["two pax headers with a path", [pax([["path", "foo-1.0/a"]]), pax([["path", "foo-1.0/b"]]), { name: "foo-1.0/x" }]],
  [
    "a pax path and a GNU long name",
    [pax([["path", "foo-1.0/a"]]), { name: "@", type: "L", content: "foo-1.0/b\0" }, { name: "foo-1.0/x" }],
  ],
  ["a path in a global header", [pax([["path", "foo-1.0/a"]], "g"), pkgInfo]],
  ["a pax record that is too long", [{ name: "p", type: "x", content: "99 path=foo\n" }, pkgInfo]],
  ["a pax record without end", [{ name: "p", type: "x", content: "12 path=foox" }, pkgInfo]],
  ["a pax record without keyword and value", [{ name: "p", type: "x", content: "5 ab\n" }, pkgInfo]],
  ["a pax record with a leading zero", [{ name: "p", type: "x", content: "012 path=foo\n" }, pkgInfo]],
  ["a pax header before nothing", [pkgInfo, pax([["path", "foo-1.0/a"]])]],
  ["a GNU long name with a NUL inside", [{ name: "@", type: "L", content: "foo-1.0/b\0evil\0" }, pkgInfo]],
  ["a folder with content", [pkgInfo, { name: "foo-1.0/d/", type: "5", content: "x" }]],
  ["a link with content", [pkgInfo, { name: "foo-1.0/d", type: "2", linkName: "a", content: "x" }]],
  ["a file named as a folder", [pkgInfo, { name: "foo-1.0/d/", content: "x" }]],
  ["an end mark of one block", [pkgInfo], Buffer.concat([Buffer.alloc(512), buildTar([setup])])],
  ["members behind the end mark", [pkgInfo], Buffer.concat([Buffer.alloc(1024), buildTar([setup])])],
  ["one byte behind the end mark", [pkgInfo], Buffer.concat([TAR_END, Buffer.from("x")])],
];
for (const [what, members, end] of malformed) refuses(what, "TAR_FORMAT", () => inspectTar(members, end));

refuses("no end mark", "ARCHIVE_TRUNCATED", () => inspectTar([pkgInfo], Buffer.alloc(0)));
refuses("half an end mark", "ARCHIVE_TRUNCATED", () => inspectTar([pkgInfo], Buffer.alloc(512)));
refuses("a member longer than the archive", "ARCHIVE_TRUNCATED", () =>
  inspectTar([pkgInfo, { ...setup, size: "00000777777\0" }]),
);
refuses("an endless extended header", "ARCHIVE_TOO_LARGE", () =>
  inspectTar([{ name: "p", type: "x", size: "77777777777\0" }]),
);
refuses("PKG-INFO beyond all measure", "ARCHIVE_TOO_LARGE", () => inspectTar([{ ...pkgInfo, size: "00077777777\0" }]));
refuses("a decompression bomb", "ARCHIVE_TOO_LARGE", () =>
  inspectTar([pkgInfo, { name: "foo-1.0/x", content: Buffer.alloc(70 * 1024 * 1024) }]),
);

const whole = buildTarGz([pkgInfo, setup]);
refuses("a second gzip member", "ARCHIVE_AMBIGUOUS", () => inspect(Buffer.concat([whole, buildTarGz([setup])])));
refuses("zeros behind the gzip file", "ARCHIVE_AMBIGUOUS", () => inspect(Buffer.concat([whole, Buffer.alloc(4)])));
refuses("a gzip file that ends as a ZIP archive", "ARCHIVE_AMBIGUOUS", () =>
  inspect(Buffer.concat([whole, buildZip([{ name: "foo-1.0/PKG-INFO", content: "" }])])),
);
refuses("a ZIP archive in stored gzip data", "ARCHIVE_AMBIGUOUS", () =>
  inspect(gzipSync(Buffer.concat([buildTar([pkgInfo]), buildZip([{ name: "x" }])]), { level: 0 })),
);
refuses("a cut-off gzip file", "ARCHIVE_TRUNCATED", () => inspect(whole.subarray(0, whole.length - 20)));
refuses("a gzip file without its checksum", "ARCHIVE_TRUNCATED", () => inspect(whole.subarray(0, whole.length - 8)));
refuses("a wrong checksum of the content", "ARCHIVE_CORRUPT", () => {
  const bent = Buffer.from(whole);
  bent.writeUInt32LE(1, bent.length - 8);
  return inspect(bent);
});
refuses("a wrong size of the content", "ARCHIVE_CORRUPT", () => {
  const bent = Buffer.from(whole);
  bent.writeUInt32LE(1, bent.length - 4);
  return inspect(bent);
});
refuses("a plain tar archive", "GZIP_FORMAT", () => inspect(buildTar([pkgInfo])));
refuses("a ZIP archive under that name", "GZIP_FORMAT", () => inspect(buildZip([{ name: "x" }])));
refuses("an empty file", "GZIP_FORMAT", () => inspect(new Uint8Array()));
refuses("an unknown gzip flag", "ARCHIVE_UNSUPPORTED", () => {
  const bent = Buffer.from(whole);
  bent[3] = 0x80;
  return inspect(bent);
});

test("gzip headers with name, comment, extra data and checksum are read past", () => {
  const body = whole.subarray(10);
  const header = (flags: number, rest: Uint8Array) =>
    Buffer.concat([Buffer.from([31, 139, 8, flags, 0, 0, 0, 0, 0, 3]), rest]);
  inspect(Buffer.concat([header(0x08, Buffer.from("foo.tar\0")), body]));
  inspect(Buffer.concat([header(0x10, Buffer.from("comment\0")), body]));
  inspect(Buffer.concat([header(0x04, Buffer.from([3, 0, 1, 2, 3])), body]));
  assert.throws(() => inspect(Buffer.concat([header(0x02, Buffer.from([0, 0])), body])), { code: "ARCHIVE_CORRUPT" });
  assert.throws(() => inspect(header(0x08, Buffer.from("no end"))), { code: "ARCHIVE_TRUNCATED" });
});

test("a .zip sdist is read as a wheel is, and verified whole by the check", () => {
  const member = { name: "foo-1.0/PKG-INFO", content: pkgInfo.content ?? "" };
  const broken = { name: "foo-1.0/setup.py", content: "x", both: { crc: 1 } };
  const zip = (...members: Parameters<typeof buildZip>[0]) => bytesSource(buildZip(members));
  assert.equal(inspectDistribution("foo-1.0.zip", zip(member, broken)).project, "foo");
  assert.throws(() => checkDistribution("foo-1.0.zip", zip(member, broken)), { code: "ARCHIVE_CORRUPT" });
  assert.deepEqual(checkDistribution("foo-1.0.zip", zip(member)).problems, []);
  assert.throws(() => inspectDistribution("foo-1.0.zip", zip({ name: "foo-1.0/setup.py" })), { code: "SDIST_LAYOUT" });
});
