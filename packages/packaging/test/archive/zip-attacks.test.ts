import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32, deflateRawSync } from "node:zlib";
import { bytesSource, PackagingError, type PackagingErrorCode } from "@countermark/packaging";
import { readMember, verifyMember } from "../../src/archive/zip/member.ts";
import { openZip } from "../../src/archive/zip/zip.ts";
import { ascii, buildZip, extraField, uint64, type EndFields, type HeaderFields, type ZipMember } from "./build-zip.ts";

const good: ZipMember = { name: "a/b.py", content: "print()\n" };
const more: ZipMember = { name: "a/c.py", content: "x".repeat(1000), deflate: true };

const open = (members: readonly ZipMember[], end?: EndFields) => openZip(bytesSource(buildZip(members, end)));
const readAll = (members: readonly ZipMember[]) => {
  const archive = open(members);
  for (const entry of archive.entries.values()) verifyMember(archive, entry);
};

function refuses(what: string, code: PackagingErrorCode, attempt: () => unknown): void {
  test(`refuses ${what}`, () => {
    assert.throws(attempt, (error) => {
      assert.ok(error instanceof PackagingError);
      assert.equal(error.code, code, error.message);
      assert.doesNotMatch(error.message, /[\n\r]|\.$/);
      return true;
    });
  });
}

test("opens a well-formed archive and reads its members", () => {
  const archive = open([good, more, { name: "a/" }, { name: "ä.txt", content: "ä" }]);
  assert.deepEqual([...archive.entries.keys()], ["a/b.py", "a/c.py", "a/", "ä.txt"]);
  const [first, second] = [...archive.entries.values()];
  assert.ok(first && second);
  assert.equal(Buffer.from(readMember(archive, first, 100)).toString(), "print()\n");
  assert.equal(Buffer.from(readMember(archive, second, 1000)).toString(), "x".repeat(1000));
  assert.throws(() => readMember(archive, second, 999), { code: "ARCHIVE_TOO_LARGE" });
});

test("takes what real tools write: an extra field with times, redundant ZIP64 sizes, a comment", () => {
  const times = extraField(0x5455, new Uint8Array(5));
  const size = ascii("print()\n").length;
  readAll([{ ...good, both: { extra: times } }]);
  readAll([{ ...good, local: { extra: extraField(0x0001, uint64(size, size)) } }]);
  open([good], { comment: ascii("made by hand") });
});

test("takes a ZIP64 member whose header leaves both sizes to the extra field", () => {
  const content = ascii("print()\n");
  const both = {
    size: 0xffffffff,
    compressedSize: 0xffffffff,
    extra: extraField(1, uint64(content.length, content.length)),
  };
  readAll([{ ...good, both }]);
  readAll([{ ...good, local: both }]);
});

const bent: readonly (readonly [what: string, fields: HeaderFields])[] = [
  ["another name of the same length", { name: ascii("a/x.py") }],
  ["a longer name", { name: ascii("a/b.pyc") }],
  ["another method", { method: 8 }],
  ["other flags", { flags: 0x0800 }],
  ["another checksum", { crc: 1 }],
  ["another size", { size: 7, compressedSize: 7 }],
];
for (const [what, fields] of bent) {
  refuses(`a local header with ${what}`, "ARCHIVE_AMBIGUOUS", () => open([{ ...good, local: fields }, more]));
  refuses(`a central header with ${what}`, "ARCHIVE_AMBIGUOUS", () => open([{ ...good, central: fields }, more]));
}

const differentials: readonly (readonly [what: string, members: readonly ZipMember[], end?: EndFields])[] = [
  ["a member that the central directory leaves out", [good, { ...more, isHidden: true }]],
  ["a gap between members", [{ ...good, gap: ascii("hidden") }, more]],
  ["a gap before the central directory", [good, { ...more, gap: ascii("hidden") }]],
  ["two entries for one local header", [good, { ...more, offset: 0 }]],
  ["a data descriptor", [{ ...good, both: { flags: 0x0008 } }]],
  ["a comment in the central directory", [{ ...good, comment: "x" }]],
  ["data before the archive", [good], { prefix: ascii("#!/bin/sh\n") }],
  [
    "data before the archive, offsets adjusted",
    [{ ...good, offset: 4 }],
    { prefix: ascii("MZ\0\0"), directoryOffset: 48 },
  ],
  ["data behind the archive", [good], { suffix: ascii("x") }],
  ["an archive behind the archive's comment length", [good], { comment: ascii("abc"), commentLength: 2 }],
  ["data between directory and end record", [good], { beforeEnd: ascii("hidden") }],
  ["fewer entries announced than there are", [good, more], { entries: 1 }],
  ["more entries announced than there are", [good, more], { entries: 3 }],
  ["ZIP64 announced and missing", [good], { entries: 0xffff }],
  ["a stored member of two sizes", [{ ...good, both: { size: 7 } }]],
  ["a folder with content", [{ name: "a/", content: "x" }]],
  ["a name in an unknown encoding", [{ ...good, name: "ä", both: { flags: 0 } }]],
  ["a folder by attributes alone", [{ ...good, attributes: 0o040755 * 0x10000 }]],
  ["a folder by DOS attributes alone", [{ ...good, attributes: 0x10 }]],
  [
    "a size left to a ZIP64 field that is missing",
    [{ ...good, both: { size: 0xffffffff, compressedSize: 0xffffffff } }],
  ],
  ["redundant ZIP64 sizes that differ", [{ ...good, local: { extra: extraField(1, uint64(8, 9)) } }]],
  ["half of the ZIP64 sizes", [{ ...good, local: { extra: extraField(1, uint64(8)) } }]],
  [
    "the ZIP64 field twice",
    [{ ...good, local: { extra: Buffer.concat([extraField(1, uint64(8, 8)), extraField(1, uint64(8, 8))]) } }],
  ],
];
for (const [what, members, end] of differentials) refuses(what, "ARCHIVE_AMBIGUOUS", () => open(members, end));

test("a Unicode path field must repeat the name", () => {
  const field = (name: string, crcOf: string) => {
    const header = Buffer.alloc(5);
    header[0] = 1;
    header.writeUInt32LE(crc32(crcOf), 1);
    return extraField(0x7075, Buffer.concat([header, ascii(name)]));
  };
  open([{ ...good, both: { extra: field("a/b.py", "a/b.py") } }]);
  assert.throws(() => open([{ ...good, both: { extra: field("a/x.py", "a/b.py") } }]), { code: "ARCHIVE_AMBIGUOUS" });
  assert.throws(() => open([{ ...good, both: { extra: field("a/b.py", "a/x.py") } }]), { code: "ARCHIVE_AMBIGUOUS" });
});

const unsafeNames = [
  ...["/etc/passwd", "../x", "a/../x", "a/./b", "./a", "a//b", "//x", "..", ".", "/", "a\\b", "C:/x", "c:x", ""],
  ...["a\0b", "a\nb", "a\u007fb", "a\u0085b", "a\u2028b", "a\u202eb", "\ufeffa", "x/".repeat(65), "x".repeat(1025)],
];
for (const name of unsafeNames) {
  refuses(`the name ${JSON.stringify(name.slice(0, 20))}`, "ARCHIVE_NAME", () => open([{ ...good, name }]));
}
refuses("a name that is not UTF-8", "ARCHIVE_NAME", () =>
  open([{ ...good, both: { name: Uint8Array.of(0xff, 0x61), flags: 0x0800 } }]),
);

refuses("a name twice", "ARCHIVE_DUPLICATE", () => open([good, good]));
refuses("a folder twice", "ARCHIVE_DUPLICATE", () => open([{ name: "a/" }, { name: "a/" }]));
refuses("a file and a folder of one name", "ARCHIVE_DUPLICATE", () => open([{ name: "a" }, { name: "a/" }]));
refuses("a file where another member needs a folder", "ARCHIVE_DUPLICATE", () =>
  open([{ name: "a/b" }, { name: "a" }]),
);
refuses("names that are one after Unicode normalisation", "ARCHIVE_DUPLICATE", () =>
  open([{ name: "\u00e4" }, { name: "a\u0308" }]),
);
test("names that differ in case are two files", () => {
  assert.equal(open([{ name: "a/xt_mark.h" }, { name: "a/xt_MARK.h" }]).entries.size, 2);
});

refuses("a symbolic link", "ARCHIVE_LINK", () => open([{ ...good, attributes: 0o120777 * 0x10000 }]));
refuses("a device", "ARCHIVE_UNSUPPORTED", () => open([{ ...good, attributes: 0o060644 * 0x10000 }]));
refuses("an encrypted member", "ARCHIVE_UNSUPPORTED", () => open([{ ...good, both: { flags: 1 } }]));
refuses("strong encryption", "ARCHIVE_UNSUPPORTED", () => open([{ ...good, both: { flags: 0x41 } }]));
refuses("an unknown flag", "ARCHIVE_UNSUPPORTED", () => open([{ ...good, both: { flags: 0x8000 } }]));
refuses("another method of compression", "ARCHIVE_UNSUPPORTED", () => open([{ ...good, both: { method: 14 } }]));
refuses("what is no archive", "ZIP_FORMAT", () => openZip(bytesSource(ascii("no archive at all, whatever its name"))));
refuses("an empty file", "ZIP_FORMAT", () => openZip(bytesSource(new Uint8Array())));

refuses("content that does not match its checksum", "ARCHIVE_CORRUPT", () => {
  readAll([{ ...good, both: { crc: 1 } }]);
});
refuses("deflated content that does not match its checksum", "ARCHIVE_CORRUPT", () => {
  readAll([{ ...more, both: { crc: 1 } }]);
});
refuses("deflated content longer than announced", "ARCHIVE_CORRUPT", () => {
  readAll([{ ...more, both: { size: 999, crc: crc32("x".repeat(999)) } }]);
});
refuses("deflated content shorter than announced", "ARCHIVE_CORRUPT", () => {
  readAll([{ ...more, both: { size: 1001 } }]);
});
refuses("data behind the deflated content", "ARCHIVE_CORRUPT", () => {
  readAll([{ ...more, raw: Buffer.concat([deflateRawSync("x".repeat(1000)), ascii("hidden")]) }]);
});
refuses("large deflated content longer than announced", "ARCHIVE_CORRUPT", () => {
  const content = new Uint8Array(2_000_000);
  readAll([{ name: "a", content, deflate: true, both: { size: 1_999_999 } }]);
});
refuses("data behind large deflated content", "ARCHIVE_CORRUPT", () => {
  const content = new Uint8Array(2_000_000);
  readAll([{ name: "a", content, deflate: true, raw: Buffer.concat([deflateRawSync(content), ascii("hidden")]) }]);
});

refuses("a decompression bomb, by what it announces", "ARCHIVE_TOO_LARGE", () =>
  open([{ ...more, both: { size: 65 * 1024 * 1024 } }]),
);
refuses("sizes that no archive has, by what it announces", "ARCHIVE_TOO_LARGE", () =>
  open([{ ...more, both: { size: 0xffffffff, extra: extraField(1, uint64(2 ** 40)) } }]),
);

refuses("a ZIP archive that is a tar archive too", "ARCHIVE_AMBIGUOUS", () => {
  const tar = Buffer.alloc(512 - 30 - good.name.length - 4);
  const build = () => buildZip([{ ...good, both: { extra: extraField(0x9999, tar) } }]);
  const checksumAt = 148 - 30 - good.name.length - 4;
  tar.fill(0x20, checksumAt, checksumAt + 8);
  const sum = build()
    .subarray(0, 512)
    .reduce((total, byte) => total + byte, 0);
  tar.write(`${sum.toString(8).padStart(6, "0")}\0 `, checksumAt, "latin1");
  return openZip(bytesSource(build()));
});

test("a source that gives less than it has is refused, not believed", () => {
  const bytes = buildZip([good, more]);
  const short = {
    size: bytes.length,
    read: (offset: number, length: number) => bytes.subarray(offset, offset + length - 1),
  };
  assert.throws(() => openZip(short), { code: "ARCHIVE_TRUNCATED" });
});
