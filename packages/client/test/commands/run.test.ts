import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openFixtureIndex } from "../fixture/fixture-index.ts";
import { openSandbox } from "../fixture/sandbox.ts";

/** pip installs into a folder of the test's, so that nothing of the machine's Python matters but pip itself. */
function pip(folder: string, ...what: string[]): string[] {
  return ["run", "--", "python3", "-m", "pip", "install", "--target", join(folder, "site"), ...what];
}

test("pip installs a project and its dependency through the door, and the run ends with how far that is protected", async () => {
  await using index = await openFixtureIndex();
  using user = openSandbox();
  await index.release({ name: "alphapkg", version: "1.0", requires: ["betapkg"] });
  await index.release({ name: "betapkg", version: "2.0" });

  const trusted = await user.countermark("trust", index.url + "simple/", "--root", index.fingerprint);
  assert.equal(trusted.code, 0, trusted.stderr);
  const installed = await user.countermark(...pip(user.folder, "alphapkg"));
  assert.equal(installed.code, 0, installed.stderr);
  assert.ok(existsSync(join(user.folder, "site", "alphapkg.py")));
  assert.ok(existsSync(join(user.folder, "site", "betapkg.py")));
  assert.match(installed.stderr, /0 of 2 files claimed or sealed; left to the index alone: alphapkg, betapkg\n$/);
});

test("a forged wheel never reaches pip, and the reason is told after it has ended", async () => {
  await using index = await openFixtureIndex();
  using user = openSandbox();
  const file = await index.release({ name: "alphapkg", version: "1.0" });
  index.meddler = (path, _request, response) => {
    if (!path.endsWith(file.filename)) return false;
    response.end(Buffer.alloc(file.length, "x"));
    return true;
  };
  assert.equal((await user.countermark("trust", index.url, "--root", index.fingerprint)).code, 0);
  const installed = await user.countermark(...pip(user.folder, "alphapkg"));
  assert.equal(installed.code, 1);
  assert.match(
    installed.stderr,
    /error\[FILE_MISMATCH\]: alphapkg-1\.0-py3-none-any\.whl is not the file that was signed\n\nhint: /,
  );
  assert.match(installed.stderr, /HTTP error 422 while getting|422 Client Error: countermark: alphapkg/);
  assert.ok(!existsSync(join(user.folder, "site", "alphapkg.py")));
});
