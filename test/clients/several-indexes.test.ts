/*
 * Two trusted indexes in one run, each under its own address: whoever asks for a name at the index that it does not belong to
 * gets nothing, and lock files name the right one.
 */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { programOf } from "../../tools/python/environments.ts";
import { countermark } from "../harness/commands.ts";
import { makeWheel } from "../harness/distributions/distributions.ts";
import { importFiles, initIndex, serve } from "../harness/index-server.ts";
import { hasModule, importing, newPip, installVerified, trust, uvPip } from "../harness/installers.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const open = await startNamed("open", [
  makeWheel({ name: "alphapkg", version: "1.0", requires: ["acme-tool"] }),
  // Dependency confusion: the company's name, in a higher version.
  makeWheel({ name: "acme-tool", version: "9.9" }),
]);
const company = await startNamed("company", [
  makeWheel({ name: "acme-tool", version: "1.0" }),
  makeWheel({ name: "alphapkg", version: "8.8" }),
]);
for (const { url, fingerprint } of [open, company]) await trust(sandbox, url, fingerprint);
const uv = programOf("uv", "uv");
const first = `index = "${open.url}/"\n`;
const mapped = `${first}[[indexes]]\nurl = "${company.url}/"\nprojects = ["acme-*"]\n`;

async function startNamed(name: string, files: Parameters<typeof importFiles>[2]) {
  const index = await initIndex(sandbox, name);
  await importFiles(sandbox, index, files);
  return { ...index, ...(await serve(sandbox, index)) };
}

function settle(text: string): void {
  const path = join(sandbox.folder, "home", ".config", "countermark", "countermark.toml");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const PDM = { PDM_CHECK_UPDATE: "0" };
const POETRY = { POETRY_VIRTUALENVS_IN_PROJECT: "true" };

/** A project that needs `alphapkg`. */
function projectFolder(name: string, more = ""): string {
  const folder = join(sandbox.folder, name);
  mkdirSync(folder);
  const described = [`name = "own"`, 'version = "0"', 'requires-python = ">=3.10"', 'dependencies = ["alphapkg"]'];
  writeFileSync(join(folder, "pyproject.toml"), `[project]\n${described.join("\n")}\n${more}`);
  return folder;
}

/** The packages of a lock of poetry or pdm. */
function versionsIn(lock: string): Readonly<Record<string, string>> {
  const found = lock.matchAll(/^name = "(.+)"\nversion = "(.+)"$/gm);
  return Object.fromEntries([...found].map(([, name = "", version = ""]) => [name, version]));
}

/** Locks a project that needs `alphapkg`, and gives the registry that the lock names for each package. */
async function lock(name: string): Promise<{ folder: string; registries: Readonly<Record<string, string>> }> {
  const folder = projectFolder(name);
  const ending = await sandbox.run(countermark, ["run", "--", uv, "lock"], { folder });
  assert.equal(ending.code, 0, ending.output);
  const text = readFileSync(join(folder, "uv.lock"), "utf8");
  const found = text.matchAll(/name = "(.+)"\nversion = "(.+)"\nsource = \{ registry = "(.+?)\/simple\/?" \}/g);
  return {
    folder,
    registries: Object.fromEntries([...found].map(([, project, version, url]) => [`${project}-${version}`, url ?? ""])),
  };
}

test("uv.lock names for each project the index that it belongs to, and a sync from it takes each from there", async () => {
  settle(first);
  const control = await lock("control");
  assert.deepEqual(control.registries, { "alphapkg-1.0": open.url, "acme-tool-9.9": open.url });

  settle(mapped);
  const { folder, registries } = await lock("mapped");
  assert.deepEqual(registries, { "alphapkg-1.0": open.url, "acme-tool-1.0": company.url });
  const before = readFileSync(join(folder, "uv.lock"), "utf8");
  const synced = await sandbox.run(countermark, ["run", "--", uv, "sync", "--frozen"], { folder });
  assert.equal(synced.code, 0, synced.output);
  assert.match(synced.stderr, /0 of 2 files claimed or sealed; left to the index alone: acme-tool, alphapkg\n$/);
  assert.equal(readFileSync(join(folder, "uv.lock"), "utf8"), before);

  const refused = await sandbox.run(countermark, ["run", "--", uv, "sync", "--frozen"], { folder: control.folder });
  assert.notEqual(refused.code, 0);
  assert.match(
    refused.stderr,
    /error\[INDEX_OTHER\]: acme_tool-9\.9-py3-none-any\.whl was asked for [^]*\n\nhint: your settings say that acme-tool belongs to /,
  );
});

for (const installer of [newPip, uvPip]) {
  test(`${installer.name} takes each project from its own index, whatever the other one has of that name`, async () => {
    settle(first);
    const control = await installVerified(sandbox, installer, ["alphapkg"]);
    assert.equal(control.code, 0, control.output);
    assert.equal(await importing(sandbox, control.target, "acme_tool"), "acme-tool 9.9");

    settle(mapped);
    const installed = await installVerified(sandbox, installer, ["alphapkg"]);
    assert.equal(installed.code, 0, installed.output);
    assert.equal(await importing(sandbox, installed.target, "acme_tool"), "acme-tool 1.0");
    assert.equal(await importing(sandbox, installed.target, "alphapkg"), "alphapkg 1.0");
  });
}

test("pdm is told of every index, and takes each project from its own", async () => {
  const pdm = programOf("pdm", "pdm");
  const install = async (name: string) => {
    const folder = projectFolder(name);
    const ending = await sandbox.run(countermark, ["run", "--", pdm, "install", "--no-self"], {
      folder,
      settings: PDM,
    });
    assert.equal(ending.code, 0, ending.output);
    return versionsIn(readFileSync(join(folder, "pdm.lock"), "utf8"));
  };
  settle(first);
  assert.deepEqual(await install("pdm-control"), { alphapkg: "1.0", "acme-tool": "9.9" });
  settle(mapped);
  assert.deepEqual(await install("pdm-mapped"), { alphapkg: "1.0", "acme-tool": "1.0" });
});

test("poetry finds each index in the project's own sources, and takes each project from its own", async () => {
  const poetry = programOf("poetry", "poetry");
  const install = async (name: string, urls: readonly string[]) => {
    const sources = urls.map((url, at) => `[[tool.poetry.source]]\nname = "own-${at}"\nurl = "${url}/simple/"\n`);
    const folder = projectFolder(name, sources.join(""));
    const args = ["run", "--", poetry, "install", "--no-root", "--no-interaction"];
    const ending = await sandbox.run(countermark, args, { folder, settings: POETRY });
    assert.equal(ending.code, 0, ending.output);
    return readFileSync(join(folder, "poetry.lock"), "utf8");
  };
  settle(first);
  assert.deepEqual(versionsIn(await install("poetry-control", [open.url])), { alphapkg: "1.0", "acme-tool": "9.9" });
  settle(mapped);
  const lock = await install("poetry-mapped", [open.url, company.url]);
  assert.deepEqual(versionsIn(lock), { alphapkg: "1.0", "acme-tool": "1.0" });
  for (const { url } of [open, company]) assert.ok(lock.includes(`url = "${url}/simple"`), lock);
});

test("a name of the company's that it does not have is absent, and a trusted index that no name belongs to is no index of the run", async () => {
  settle(`${first}[[indexes]]\nurl = "${company.url}/"\nprojects = ["acme-*", "deltapkg"]\n`);
  const absent = await installVerified(sandbox, newPip, ["deltapkg"]);
  assert.notEqual(absent.code, 0);
  assert.match(absent.output, /No matching distribution found for deltapkg/);
  assert.ok(!hasModule(absent.target, "deltapkg"));

  settle(first);
  const ask = ["-c", `import sys, urllib.request as r\nr.urlopen(sys.argv[1])`, `${company.url}/simple/acme-tool/`];
  const python = programOf("pip-newest", "python");
  const foreign = await sandbox.run(countermark, ["run", "--", python, ...ask]);
  // Both stand on this machine: for the run it is the first one's host at a port that is nobody's.
  assert.match(foreign.stderr, /warning\[INDEX_BYPASSED\]/);
  settle(mapped);
  const own = await sandbox.run(countermark, ["run", "--", python, ...ask]);
  assert.equal(own.code, 0, own.output);
});
