/*
 * The story of the mail of 2014: "log onto a new machine, git clone; hack; python setup.py upload", with something to
 * remember and nothing to carry. Every home here is empty, every tool unmodified, every prompt at a real terminal.
 */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { fetchPackages } from "../../tools/python/packages.ts";
import { programOf } from "../../tools/python/environments.ts";
import { countermark } from "../harness/commands.ts";
import { importFolder, initIndex, serve } from "../harness/index-server.ts";
import { importing, installVerified, newPip, trust, uvPip } from "../harness/installers.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";
import { converseIn, type Step } from "../harness/terminal/terminal.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const index = await initIndex(sandbox);
// Whoever installs an sdist without a pyproject.toml builds it with setuptools, from the same index.
await importFolder(sandbox, index, await fetchPackages("demo-packages", () => undefined));
const { url, process: server } = await serve(sandbox, index);

const laptop = sandbox.otherHome("laptop");
const fresh = sandbox.otherHome("fresh");
const upstream = join(sandbox.folder, "upstream");
const SHOWN_PHRASE = "give it back to you\\.\\s+([a-z -]+)\\r";
let phrase = "";

async function git(folder: string, ...args: string[]): Promise<void> {
  const identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"];
  const ending = await sandbox.run("git", [...identity, ...args], { folder });
  assert.equal(ending.code, 0, ending.output);
}

function writeProject(folder: string, version: string): void {
  writeFileSync(join(folder, "hello_fresh.py"), `print("hello from ${version}")\n`);
  writeFileSync(
    join(folder, "setup.py"),
    `from setuptools import setup\nsetup(name="hello-fresh", version="${version}", py_modules=["hello_fresh"])\n`,
  );
}

test("on the laptop, an account is made with a phrase that is shown once", async () => {
  await trust(sandbox, url, index.fingerprint, { settings: laptop });
  const back: Step = ["Word (\\d)[^:]*: ", "\r", SHOWN_PHRASE];
  const steps: readonly Step[] = [["Press Enter", "\r"], back, back, back];
  const argv = [countermark, "login", `${url}/`, "--account", "alice"];
  const { code, shown } = await converseIn(sandbox, argv, steps, { settings: laptop });
  assert.equal(code, 0, shown);
  assert.match(shown, /the account alice is made at http:.*whoever learns the passphrase is you/);
  phrase = new RegExp(SHOWN_PHRASE).exec(shown)?.[1] ?? "";
  assert.equal(phrase.split(" ").length, 7);
});

test("on an empty machine: git clone; hack; python setup.py sdist upload; one prompt", async () => {
  mkdirSync(upstream);
  writeProject(upstream, "1.0");
  await git(upstream, "init", "-q");
  await git(upstream, "add", ".");
  await git(upstream, "commit", "-q", "-m", "first");
  await git(sandbox.folder, "clone", "-q", upstream, "clone");
  const clone = join(sandbox.folder, "clone");
  writeProject(clone, "1.1");

  await trust(sandbox, url, index.fingerprint, { settings: fresh });
  const python = programOf("setuptools-upload", "python");
  const upload = [python, "setup.py", "-q", "sdist", "upload"];
  const argv = [countermark, "run", "--sign", "--account", "alice", "--", ...upload];
  const steps: readonly Step[] = [["Passphrase of alice, to release hello-fresh 1\\.1: ", `${phrase}\r`]];
  const { code, shown, steps: prompts } = await converseIn(sandbox, argv, steps, { settings: fresh, folder: clone });
  assert.equal(code, 0, shown);
  assert.equal(prompts, 1, shown);
  assert.match(shown, /hello-fresh 1\.1: a new project, yours from now on\r?\n {2}\+1 file, -0/);
  assert.match(shown, /\+ hello[-_]fresh-1\.1\.tar\.gz {2}\d+ bytes, sha256 [0-9a-f]{64}/);
  assert.match(shown, /signed hello[-_]fresh-1\.1\.tar\.gz sha256:[0-9a-f]{64}/);
  assert.match(shown, /published at .*seen by this machine's own verifier \(p\.hello-fresh 1, r\.hello-fresh 1\)/);
  for (const word of phrase.split(" ").filter(({ length }) => length > 5)) assert.ok(!shown.includes(word), shown);
});

for (const installer of [newPip, uvPip]) {
  test(`${installer.name} installs it, verified, and knows that its developer signed it`, async () => {
    await trust(sandbox, url, index.fingerprint);
    const installation = await installVerified(sandbox, installer, ["hello-fresh"]);
    assert.equal(installation.code, 0, installation.output);
    assert.equal(await importing(sandbox, installation.target, "hello_fresh"), "hello from 1.1");
    const why = await sandbox.run(countermark, ["why", "hello-fresh"]);
    assert.match(why.stdout, /signed by its own developers/);
  });
}

test("the phrase is nowhere: in no home, not in the index's data, in no log", () => {
  assert.notEqual(phrase, "");
  const found = filesBelow(sandbox.folder).filter((path) => readFileSync(path).includes(phrase));
  assert.deepEqual(found, []);
  assert.ok(!server.output().includes(phrase));
});

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
