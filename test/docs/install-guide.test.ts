/*
 * The installer's guide, followed to the letter by somebody whose home folder is empty: each command of docs/install/README.md
 * that needs no registry, in the order of the page, with real tools. Only the example's address and fingerprint are replaced.
 */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { environmentOf, programOf } from "../../tools/python/environments.ts";
import { countermark } from "../harness/commands.ts";
import { makeWheel } from "../harness/distributions/distributions.ts";
import { startIndex } from "../harness/index-server.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const script = ["black-1.0.dist-info/entry_points.txt", "[console_scripts]\nblack = black:main\n"] as const;
const index = await startIndex(sandbox, [
  makeWheel({ name: "flask", version: "2.0" }),
  makeWheel({ name: "black", version: "1.0", extra: [[...script]] }),
]);
const guide = readFileSync(new URL("../../docs/install/README.md", import.meta.url), "utf8");
const EXAMPLE = { url: "https://index.example.org/", root: /\b[0-9a-f]{64}\b/g };

/** The page's text below a heading, for the index that is here. */
function section(heading: string): string {
  const found = guide.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  assert.ok(found !== undefined, `no section ${heading}`);
  return found.replaceAll(EXAMPLE.url, `${index.url}/`).replaceAll(EXAMPLE.root, index.fingerprint);
}

/** The contents of a section's fenced blocks of a kind. */
function blocks(heading: string, kind: string): readonly string[] {
  const found = section(heading).matchAll(new RegExp(`^\`\`\`${kind}\n([^]*?)^\`\`\`$`, "gm"));
  return [...found].map(([, text = ""]) => text);
}

/** Commands of a block; what stands after three spaces is for the reader. */
function commandsIn(block: string | undefined): readonly string[] {
  return (block ?? "")
    .split("\n")
    .map((line) => line.split("   ")[0]?.trim() ?? "")
    .filter((command) => command !== "");
}

const project = join(sandbox.folder, "project");
mkdirSync(join(project, ".git"), { recursive: true });
const [poetrySource = ""] = blocks("Install", "toml");
for (const [name, text] of [
  ["requirements.txt", "flask\n"],
  ["Makefile", "install:\n\tpip install --target site flask\n"],
  [
    "pyproject.toml",
    `[project]\nname = "own"\nversion = "0"\nrequires-python = ">=3.10"\ndependencies = ["flask"]\n
[tool.hatch.envs.default]\nskip-install = true\ninstaller = "uv"\ndependencies = ["flask"]\n\n[tool.pdm]\ndistribution = false\n
[tool.poetry]\npackage-mode = false\n\n${poetrySource}`,
  ],
] as const) {
  writeFileSync(join(project, name), text);
}
const tools = ["uv", "poetry", "pdm", "pipx", "hatch"] as const;
const PATH = [
  ...[dirname(countermark), dirname(process.execPath), join(sandbox.folder, "venv", "bin")],
  ...tools.map((tool) => dirname(programOf(tool, tool))),
  ...["/usr/bin", "/bin"],
].join(":");
const settings = {
  ...{ PATH, POETRY_VIRTUALENVS_IN_PROJECT: "true", PDM_CHECK_UPDATE: "0", UV_PYTHON: undefined },
  // What a tool's own cache holds, it would not fetch again.
  ...{ UV_NO_CACHE: "1", PIP_NO_CACHE_DIR: "1" },
  ...{ PIPX_DEFAULT_PYTHON: join(environmentOf("pip-newest"), "bin", "python"), PIPX_DEFAULT_BACKEND: "uv" },
};
const venv = await sandbox.run(programOf("pip-newest", "python"), ["-m", "venv", join(sandbox.folder, "venv")]);
assert.equal(venv.code, 0, venv.output);

async function type(command: string) {
  return await sandbox.run("sh", ["-c", command], { folder: project, settings });
}

test("trust, once", async () => {
  const [command] = commandsIn(blocks("Trust the index, once", "")[0]);
  const { code, output } = await type(command ?? "");
  assert.equal(code, 0, output);
});

test("what somebody always types, behind countermark run", async () => {
  const rows = [...section("Install").matchAll(/^\| [^|]+ \| `(countermark run -- [^`]+)`/gm)].map(([, text]) => text);
  assert.deepEqual(
    rows.map((row) => /-- (\w+)/.exec(row ?? "")?.[1]),
    ["pip", "uv", "poetry", "pdm", "pipx", "hatch", "make"],
  );
  for (const row of rows) {
    // uv, poetry and pdm would else find the environment that another of them has filled.
    for (const name of [".venv", ".pdm-python"]) rmSync(join(project, name), { recursive: true, force: true });
    const { code, output, stderr } = await type(row ?? "");
    assert.equal(code, 0, `${row}\n${output}`);
    assert.match(stderr, /0 of 1 files claimed or sealed; left to the index alone: (flask|black)$/m, row);
  }
});

test("look before you install, and JSON for programs", async () => {
  const commands = commandsIn(blocks("Look before you install", "")[0]);
  assert.equal(commands.length, 5);
  for (const command of commands) {
    const { code, stdout, output } = await type(command);
    // What doctor finds of this project is that poetry asks its source.
    assert.equal(code, command === "countermark doctor" ? 1 : 0, `${command}\n${output}`);
    assert.notEqual(stdout, "", command);
    const json = await type(`${command} --json`);
    assert.doesNotThrow(() => JSON.parse(json.stdout) as unknown, `${command} --json: ${json.output}`);
  }
});

test("a clone with a countermark.toml, in a job that knows the fingerprint", async () => {
  const { stdout: floor } = await type("countermark floor");
  const [example = ""] = blocks("In a project's repository", "toml");
  const line = /^floor = "(.*)"$/m.exec(example)?.[1] ?? "";
  const shape = (text: string): string => text.trim().replaceAll(/\d+|@[0-9a-f]+…?/g, "N");
  assert.equal(
    shape(floor).replaceAll(/N+/g, "N"),
    shape(line).replaceAll(/N+/g, "N"),
    "floor prints what the page shows",
  );
  const clone = join(sandbox.folder, "clone");
  mkdirSync(join(clone, ".git"), { recursive: true });
  const text = example.replace(line, floor.trim()).replace('policy = "sealed"', "");
  writeFileSync(join(clone, "countermark.toml"), text);
  const job = sandbox.otherHome("job");
  const run = (root: string | undefined) =>
    sandbox.run("sh", ["-c", "countermark run -- true"], {
      folder: clone,
      settings: { ...settings, ...job, COUNTERMARK_ROOT: root },
    });
  assert.match((await run(undefined)).stderr, /error\[PROJECT_UNCONFIRMED\]/);
  const confirmed = await run(index.fingerprint);
  assert.equal(confirmed.code, 0, confirmed.output);
});
