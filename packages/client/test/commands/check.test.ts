import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeSdist, makeWheel, writeDistributions } from "../../../../test/harness/distributions/distributions.ts";
import { scopeOf } from "../../../../test/harness/scope.ts";
import { temporaryFolder } from "../../../../test/harness/temporary-folder.ts";
import { checkFile } from "../../src/commands/publish/check.ts";

test("each file is checked from end to end, and what is wrong has its code", async (t) => {
  const folder = temporaryFolder(scopeOf(t));
  const [wheel, sdist] = [makeWheel({ name: "good", version: "1.0" }), makeSdist({ name: "good", version: "1.0" })];
  const torn = { filename: "torn-1.0-py3-none-any.whl", bytes: wheel.bytes.subarray(0, -5) };
  const renamed = { filename: "other-1.0-py3-none-any.whl", bytes: wheel.bytes };
  writeDistributions(folder, [wheel, sdist, torn, renamed]);
  writeFileSync(join(folder, "notes.txt"), "");
  mkdirSync(join(folder, "folder-1.0.tar.gz"));
  const codes = async (name: string) => (await checkFile(join(folder, name))).problems.map(({ code }) => code);
  for (const { filename } of [wheel, sdist]) assert.deepEqual(await codes(filename), [], filename);
  assert.equal((await checkFile(join(folder, wheel.filename))).project, "good");
  assert.match((await codes(torn.filename)).join(), /^(ZIP_FORMAT|ARCHIVE_\w+)$/);
  assert.deepEqual(await codes(renamed.filename), ["WHEEL_LAYOUT"]);
  assert.deepEqual(await codes("notes.txt"), ["FILENAME"]);
  assert.deepEqual(await codes("folder-1.0.tar.gz"), ["DIST_REFUSED"]);
  assert.deepEqual(await codes("absent-1.0.tar.gz"), ["DIST_REFUSED"]);
});
