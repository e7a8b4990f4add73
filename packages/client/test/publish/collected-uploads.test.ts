import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { Readable } from "node:stream";
import { test } from "node:test";
import { makeWheel } from "../../../../test/harness/distributions/distributions.ts";
import { ClientError } from "../../src/errors.ts";
import { CollectedUploads } from "../../src/publish/collected-uploads.ts";

const BOUNDARY = "----a-boundary";
const wheel = makeWheel({ name: "alphapkg", version: "1.0", source: "x = 1\n" });

type Part = readonly [name: string, value: string | Buffer, filename?: string];

function upload(parts: readonly Part[], end = `--${BOUNDARY}--\r\n`) {
  const pieces = parts.flatMap(([name, value, filename]) => [
    Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"`),
    Buffer.from(
      filename === undefined
        ? "\r\n\r\n"
        : `; filename="${filename}"\r\nContent-Type: application/octet-stream\r\n\r\n`,
    ),
    ...[Buffer.from(value), Buffer.from("\r\n")],
  ]);
  const body = Readable.from([...pieces, Buffer.from(end)]);
  return { contentType: `multipart/form-data; boundary=${BOUNDARY}`, body };
}

const content = (bytes: Buffer = Buffer.from(wheel.bytes), name = wheel.filename): Part => ["content", bytes, name];
const sha256 = createHash("sha256").update(wheel.bytes).digest("hex");

/** A form as tools send it, with some fields said otherwise. */
function form(otherwise: Readonly<Record<string, string>> = {}): readonly Part[] {
  const fields = { ":action": "file_upload", protocol_version: "1", metadata_version: "2.1", filetype: "bdist_wheel" };
  return Object.entries({ ...fields, name: "AlphaPkg", version: "1.0.0", sha256_digest: sha256, ...otherwise });
}
const good = form();
const digestOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

async function refusalOf(parts: readonly Part[], end?: string): Promise<string> {
  await using uploads = await CollectedUploads.open("alphapkg");
  try {
    await uploads.collect(upload(parts, end));
  } catch (error) {
    assert.ok(error instanceof ClientError, String(error));
    assert.equal(uploads.files.length, 0);
    return error.code;
  }
  return "taken";
}

test("an upload is kept on the disk until it is asked about, and gone after that", async () => {
  const uploads = await CollectedUploads.open("alphapkg");
  await uploads.collect(upload([...good, content()]));
  await uploads.collect(upload([...good, content()])); // the same once more: some tools try again
  const [file, ...others] = uploads.files;
  assert.ok(file !== undefined);
  assert.deepEqual(others, []);
  assert.deepEqual(
    [file.filename, file.project, file.version, file.sha256],
    [wheel.filename, "alphapkg", "1.0", sha256],
  );
  assert.ok(existsSync(file.path));
  await uploads[Symbol.asyncDispose]();
  assert.ok(!existsSync(file.path));
});

test("a build dependency that posts a wheel of another project gets nothing", async () => {
  await using uploads = await CollectedUploads.open("alphapkg");
  const stranger = makeWheel({ name: "betapkg", version: "6.6", source: "x = 1\n" });
  const posted = form({ name: "betapkg", version: "6.6", sha256_digest: digestOf(stranger.bytes) });
  await assert.rejects(uploads.collect(upload([...posted, content(Buffer.from(stranger.bytes), stranger.filename)])), {
    code: "DIST_PROJECT",
  });
  assert.deepEqual(uploads.files, []);
  assert.deepEqual(uploads.strangers, [stranger.filename]);
});

test("forms that say something else than their file are refused", async () => {
  for (const lie of [
    { name: "betapkg" },
    { version: "1.1" },
    { sha256_digest: "0".repeat(64) },
    { md5_digest: "0".repeat(32) },
    { blake2_256_digest: "0".repeat(64) },
    { summary: "Something else." },
  ]) {
    assert.equal(await refusalOf([...form(lie), content()]), "DIST_DIFFERS", JSON.stringify(lie));
  }
});

test("what is no upload is refused: another action, no file, two files, a cut form, a name with a space, no archive", async () => {
  assert.equal(await refusalOf([...form({ ":action": "submit" }), content()]), "UPLOAD_FORM");
  assert.equal(await refusalOf(good), "UPLOAD_FORM");
  assert.equal(await refusalOf([...good, content(), content()]), "UPLOAD_FORM");
  assert.equal(await refusalOf([...good, content()], ""), "UPLOAD_FORM");
  assert.equal(await refusalOf([...good, content(undefined, "al pha-1.0-py3-none-any.whl")]), "UPLOAD_FORM");
  assert.equal(await refusalOf([...good, ["version", "1.0"], content()]), "UPLOAD_FORM");
  assert.equal(await refusalOf([...form({ filetype: "sdist" }), content()]), "UPLOAD_FORM");
  assert.equal(await refusalOf([...good, content(Buffer.from("no zip"))]), "DIST_REFUSED");
});

test("the same name with other content in one run is refused", async () => {
  await using uploads = await CollectedUploads.open("alphapkg");
  const other = makeWheel({ name: "alphapkg", version: "1.0", source: "x = 2\n" });
  await uploads.collect(upload([...good, content()]));
  await assert.rejects(
    uploads.collect(upload([...form({ sha256_digest: digestOf(other.bytes) }), content(Buffer.from(other.bytes))])),
    { code: "DIST_DIFFERS" },
  );
});
