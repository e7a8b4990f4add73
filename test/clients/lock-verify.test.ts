import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { programOf } from "../../tools/python/environments.ts";
import { countermark } from "../harness/commands.ts";
import { makeSdist, makeWheel } from "../harness/distributions/distributions.ts";
import { startIndex } from "../harness/index-server.ts";
import { trust } from "../harness/installers.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const index = await startIndex(sandbox, [
  makeWheel({ name: "alphapkg", version: "1.0", requires: ["betapkg"] }),
  makeSdist({ name: "alphapkg", version: "1.0", requires: ["betapkg"] }),
  makeWheel({ name: "betapkg", version: "1.0" }),
]);
await trust(sandbox, index.url, index.fingerprint);
const simple = `${index.url}/simple/`;

const folder = join(sandbox.folder, "locked");
mkdirSync(folder);
writeFileSync(
  join(folder, "pyproject.toml"),
  `[project]\nname = "locked"\nversion = "0"\nrequires-python = ">=3.10"\ndependencies = ["alphapkg"]
[[tool.poetry.source]]\nname = "own"\nurl = "${simple}"\n`,
);

async function make(program: string, args: readonly string[], settings: Record<string, string>): Promise<void> {
  const ending = await sandbox.run(program, args, { folder, settings });
  assert.equal(ending.code, 0, ending.output);
}

const uv = programOf("uv", "uv");
const uvSettings = { UV_DEFAULT_INDEX: simple };
const pdmSettings = { PDM_PYPI_URL: simple, PDM_CHECK_UPDATE: "0", PDM_IGNORE_SAVED_PYTHON: "1" };
const pdm = (lock: string, ...more: readonly string[]) =>
  make(programOf("pdm", "pdm"), ["lock", "--no-cross-platform", "--lockfile", lock, ...more], pdmSettings);

/** How each lock file is made by the tool that it is of. */
const LOCKS: Readonly<Record<string, () => Promise<void>>> = {
  "uv.lock": () => make(uv, ["lock"], uvSettings),
  "pylock.toml": () => make(uv, ["export", "--frozen", "--quiet", "-o", "pylock.toml"], uvSettings),
  "requirements.txt": () =>
    make(uv, ["export", "--frozen", "--quiet", "--no-emit-project", "-o", "requirements.txt"], uvSettings),
  "poetry.lock": () => make(programOf("poetry", "poetry"), ["lock", "--no-interaction"], {}),
  "pdm.lock": () => pdm("pdm.lock"),
  "pdm.urls.lock": () => pdm("pdm.urls.lock", "--strategy", "static_urls"),
};

for (const [name, write] of Object.entries(LOCKS)) {
  test(`${name}, as its tool wrote it, is verified; with one digit of a hash changed it is not`, async () => {
    await write();
    const verify = () => sandbox.run(countermark, ["lock", "verify", "--json", name], { folder });
    const good = await verify();
    assert.equal(good.code, 0, good.output);
    const report = JSON.parse(good.stdout) as { projects: { project: string; status: string }[] };
    const verified = report.projects.filter(({ status }) => status === "verified").map(({ project }) => project);
    assert.deepEqual(verified.sort(), ["alphapkg", "betapkg"]);
    const lock = readFileSync(join(folder, name), "utf8");
    const forged = lock.replace(
      /((?<!_)hash = "sha256:|--hash=sha256:|sha256 = ")([0-9a-f])/,
      (_, start: string, digit: string) => start + (digit === "0" ? "1" : "0"),
    );
    assert.notEqual(forged, lock);
    writeFileSync(join(folder, name), forged);
    const bad = await verify();
    writeFileSync(join(folder, name), lock);
    assert.equal(bad.code, 1, bad.output);
    assert.match(bad.stdout, /"status":"other hash"/);
  });
}
