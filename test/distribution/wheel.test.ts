import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { bytesSource, checkDistribution } from "@countermark/packaging";
import { environmentOf, programOf } from "../../tools/python/environments.ts";
import { commandVersion } from "../../tools/bundle/command.ts";
import { fetchPackages } from "../../tools/python/packages.ts";
import { makeClientWheel } from "../../tools/wheel/wheel.ts";
import { makeWheel } from "../harness/distributions/distributions.ts";
import { startIndex } from "../harness/index-server.ts";
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
symlinkSync(programOf("uv", "uv"), join(bin, "uv"));
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
