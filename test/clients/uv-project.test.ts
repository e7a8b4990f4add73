import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { programOf } from "../../tools/python/environments.ts";
import { countermark } from "../harness/commands.ts";
import { makeWheel } from "../harness/distributions/distributions.ts";
import { startIndex } from "../harness/index-server.ts";
import { trust } from "../harness/installers.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const tool = 'import sys\ndef main():\n    print("tool says", *sys.argv[1:])\n';
const entryPoint = "[console_scripts]\ndeltatool = deltatool:main\n";
const index = await startIndex(sandbox, [
  makeWheel({ name: "alphapkg", version: "1.0", requires: ["betapkg"] }),
  makeWheel({ name: "betapkg", version: "1.0" }),
  makeWheel({
    ...{ name: "deltatool", version: "1.0", source: tool },
    extra: [["deltatool-1.0.dist-info/entry_points.txt", entryPoint]],
  }),
]);
await trust(sandbox, index.url, index.fingerprint);
const uv = programOf("uv", "uv");

function project(name: string): string {
  const folder = join(sandbox.folder, name);
  mkdirSync(folder);
  const described = [`name = "${name}"`, 'version = "0"', 'requires-python = ">=3.10"', 'dependencies = ["alphapkg"]'];
  writeFileSync(join(folder, "pyproject.toml"), `[project]\n${described.join("\n")}\n`);
  return folder;
}

test("uv sync locks and installs a project through the agent", async () => {
  const folder = project("synced");
  const sync = await sandbox.run(countermark, ["run", "--", uv, "sync", "--no-progress"], { folder });
  assert.equal(sync.code, 0, sync.output);
  assert.match(readFileSync(join(folder, "uv.lock"), "utf8"), /name = "betapkg"/);
  const says = await sandbox.run(join(folder, ".venv", "bin", "python"), ["-c", "import alphapkg"], { folder });
  assert.equal(says.stdout.trim(), "alphapkg 1.0", says.output);
});

test("uv run installs what a script asks for through the agent", async () => {
  const script = join(sandbox.folder, "script.py");
  writeFileSync(script, '# /// script\n# dependencies = ["betapkg"]\n# ///\nimport betapkg\n');
  const ran = await sandbox.run(countermark, ["run", "--", uv, "run", "--no-project", script]);
  assert.equal(ran.code, 0, ran.output);
  assert.match(ran.stdout, /^betapkg 1\.0$/m);
});

test("uvx runs a tool through the agent, and its words and exit code come through", async () => {
  const ran = await sandbox.run(countermark, ["run", "--", uv, "tool", "run", "deltatool", "hello"]);
  assert.equal(ran.code, 0, ran.output);
  assert.match(ran.stdout, /^tool says hello$/m);
});
