import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { bytesSource, PackagingError, type PackagingErrorCode } from "@countermark/packaging";
import { verifyMember } from "../../src/archive/zip/member.ts";
import { openZip } from "../../src/archive/zip/zip.ts";

const folder = new URL("../vectors/zip/", import.meta.url);
const open = (path: string) => openZip(bytesSource(readFileSync(new URL(path, folder))));

/** Those that are not `ARCHIVE_AMBIGUOUS`. */
const REASONS: ReadonlyMap<string, PackagingErrorCode> = new Map([
  ["not.zip", "ZIP_FORMAT"],
  ["extra3byte.zip", "ZIP_FORMAT"],
  ["missing_local_file.zip", "ARCHIVE_UNSUPPORTED"],
]);

for (const name of readdirSync(new URL("accept/", folder))) {
  test(`opens ${name}`, () => {
    const archive = open(`accept/${name}`);
    const read = () => {
      archive.entries.forEach((entry) => {
        verifyMember(archive, entry);
      });
    };
    if (name === "short_usize.zip") assert.throws(read, { code: "ARCHIVE_CORRUPT" });
    else read();
  });
}

for (const name of readdirSync(new URL("reject/", folder))) {
  test(`refuses ${name}`, () => {
    assert.throws(
      () => open(`reject/${name}`),
      (error) => {
        assert.ok(error instanceof PackagingError);
        assert.equal(error.code, REASONS.get(name) ?? "ARCHIVE_AMBIGUOUS", error.message);
        return true;
      },
    );
  });
}
