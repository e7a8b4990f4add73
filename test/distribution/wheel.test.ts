import assert from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { bytesSource, checkDistribution } from "@countermark/packaging";
import { environmentOf, programOf } from "../../tools/python/environments.ts";
import { commandVersion } from "../../tools/bundle/command.ts";
import { fetchPackages } from "../../tools/python/packages.ts";
import { makeClientWheel } from "../../tools/wheel/wheel.ts";
import { makeWheel } from "../harness/distributions/distributions.ts";
import { importFiles, initIndex, serve, startIndex } from "../harness/index-server.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const wheel = await makeClientWheel();
const path = join(sandbox.folder, wheel.filename);
writeFileSync(path, wheel.bytes);
const binaries = await fetchPackages("node-binaries", () => undefined);

/** A machine without Node, without a network, and with nothing in its home folder: only what uv's own scripts call. */
const bin = join(sandbox.folder, "bin");
mkdirSync(bin);
for (const name of ["realpath", "dirname"]) symlinkSync(join("/usr/bin", name), join(bin, name));
for (const name of ["uv", "uvx"]) symlinkSync(programOf("uv", name), join(bin, name));
const bare = { PATH: bin, UV_OFFLINE: "1", UV_FIND_LINKS: binaries };

test("the wheel is reproducible, and passes the checks that an index of ours makes of an upload", async () => {
  assert.deepEqual((await makeClientWheel()).bytes, wheel.bytes);
  checkDistribution(wheel.filename, bytesSource(wheel.bytes));
});

test("uvx runs it on a machine without Node, and it installs from an index", async () => {
  const uvx = (...args: readonly string[]) =>
    sandbox.run(programOf("uv", "uv"), ["tool", "run", "--from", path, "countermark", ...args], { settings: bare });
  const version = await uvx("--version");
  assert.equal(version.code, 0, version.output);
  assert.equal(version.stdout, `${commandVersion("client")}\n`);
  const index = await startIndex(sandbox, [makeWheel({ name: "alphapkg", version: "1.0" })]);
  const trusted = await uvx("trust", `${index.url}/`, "--root", index.fingerprint);
  assert.equal(trusted.code, 0, trusted.output);
  const target = join(sandbox.folder, "target");
  const pip = [join(environmentOf("pip-newest"), "bin", "python"), "-m", "pip"];
  const installed = await uvx("run", "--", ...pip, "install", "--target", target, "alphapkg");
  assert.equal(installed.code, 0, installed.output);
  assert.match(installed.stderr, /0 of 1 files claimed or sealed; left to the index alone: alphapkg/);
});

test("the CI snippets' own command installs a clone that names its index, in a job that knows the fingerprint", async () => {
  const page = readFileSync(new URL("../../docs/install/ci.md", import.meta.url), "utf8");
  const commands = new Set([...page.matchAll(/uvx countermark run -- [\w -]+\w/g)].map(([command]) => command));
  assert.deepEqual([...commands], ["uvx countermark run -- uv sync --frozen"], "one for all three");
  const made = await initIndex(sandbox, "ci");
  await importFiles(sandbox, made, [makeWheel({ name: "alphapkg", version: "1.0" })]);
  const { url } = await serve(sandbox, made);
  const clone = join(sandbox.folder, "clone");
  mkdirSync(join(clone, ".git"), { recursive: true });
  const project = ['name = "own"', 'version = "0"', 'requires-python = ">=3.10"', 'dependencies = ["alphapkg"]'];
  writeFileSync(join(clone, "pyproject.toml"), `[project]\n${project.join("\n")}\n`);
  writeFileSync(join(clone, "countermark.toml"), `index = "${url}/"\nroot = "${made.fingerprint}"\n`);
  const uv = programOf("uv", "uv");
  const lock = { folder: clone, settings: { UV_DEFAULT_INDEX: `${url}/simple/` } };
  assert.equal((await sandbox.run(uv, ["lock"], lock)).code, 0);
  const before = readFileSync(join(clone, "uv.lock"), "utf8");
  // Where the registry would be, there is the wheel that was built; the run takes that away from its command again.
  const settings = { ...bare, ...sandbox.otherHome("job"), COUNTERMARK_ROOT: made.fingerprint };
  const registry = { ...lock.settings, UV_OFFLINE: undefined, UV_FIND_LINKS: `${binaries},${sandbox.folder}` };
  const job = (more: Record<string, string | undefined>) =>
    sandbox.run("/bin/sh", ["-c", [...commands].join("")], {
      folder: clone,
      settings: { ...settings, ...registry, ...more },
    });
  const unknown = await job({ COUNTERMARK_ROOT: undefined });
  assert.match(unknown.stderr, /error\[PROJECT_UNCONFIRMED\]/);
  const synced = await job({});
  assert.equal(synced.code, 0, synced.output);
  assert.match(synced.stderr, /0 of 1 files claimed or sealed; left to the index alone: alphapkg/);
  assert.equal(readFileSync(join(clone, "uv.lock"), "utf8"), before);
});

test("pipx installs it on a machine without Node", async () => {
  const pipx = await sandbox.run(
    programOf("pipx", "pipx"),
    [
      "install",
      "--python",
      join(environmentOf("pip-newest"), "bin", "python"),
      `--pip-args=--no-index --find-links ${binaries}`,
      path,
    ],
    { settings: { ...bare, USE_EMOJI: "0" } },
  );
  assert.equal(pipx.code, 0, pipx.output);
  const command = join(sandbox.folder, "home", ".local", "bin", "countermark");
  const version = await sandbox.run(command, ["--version"], { settings: bare });
  assert.equal(version.stdout, `${commandVersion("client")}\n`, version.output);
});
