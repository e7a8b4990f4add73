import assert from "node:assert/strict";
import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { programOf } from "../../tools/python/environments.ts";
import { countermark, countermarkServer } from "../harness/commands.ts";
import { makeWheel, writeDistributions } from "../harness/distributions/distributions.ts";
import { initIndex, serve, type Index, type Serving } from "../harness/index-server.ts";
import { importing, installVerified, newPip, trust, uvPip } from "../harness/installers.ts";
import { openSandbox, type Sandbox, type Settings } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

/** Each upload tool, unmodified, from an empty home, with a token; then pip and uv install what it has published. */

const scope = new Scope();
let sandbox: Sandbox;
let index: Index & Serving;
let token: string;
let upload: string;

before(async () => {
  sandbox = await openSandbox(scope);
  const made = await initIndex(sandbox);
  await operator(made.data, "account", "add", "ann");
  token = (await operator(made.data, "token", "create", "ann")).trim();
  index = { ...made, ...(await serve(sandbox, made)) };
  upload = `${index.url}/legacy/`;
  await trust(sandbox, index.url, index.fingerprint);
});
after(() => scope.end());

async function operator(data: string, ...args: readonly string[]): Promise<string> {
  const ending = await sandbox.run(countermarkServer, [...args, "--data", data]);
  assert.equal(ending.code, 0, ending.output);
  return ending.stdout;
}

/** A project's folder, whose `dist` holds a made wheel. */
function projectFolder(name: string, files: Readonly<Record<string, string>> = {}): string {
  const folder = join(sandbox.folder, `project-${name}`);
  mkdirSync(folder);
  writeDistributions(join(folder, "dist"), [makeWheel({ name, version: "1.0" })]);
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
  return folder;
}

async function publish(program: string, args: readonly string[], folder: string, settings: Settings): Promise<void> {
  const ending = await sandbox.run(program, args, { folder, settings });
  assert.equal(ending.code, 0, `${program}: ${ending.output}`);
}

/** What the tools have published. */
const published = ["bytwine", "byuv", "bypoetry", "bypdm", "byflit", "byhatch"];

const files = (folder: string): readonly string[] => readdirSync(join(folder, "dist")).map((name) => `dist/${name}`);

// Each has its project and its own settings; two at a time, since most of their time is Python starting.
describe("uploads", { concurrency: 2 }, () => {
  test("twine", async () => {
    const folder = projectFolder("bytwine");
    await publish(programOf("twine", "twine"), ["upload", ...files(folder)], folder, {
      TWINE_REPOSITORY_URL: upload,
      TWINE_USERNAME: "__token__",
      TWINE_PASSWORD: token,
      TWINE_NON_INTERACTIVE: "1",
    });
  });

  test("uv publish, a second time too, as the index has the file", async () => {
    const folder = projectFolder("byuv");
    for (let times = 0; times < 2; times += 1) {
      await publish(programOf("uv", "uv"), ["publish", ...files(folder)], folder, {
        UV_PUBLISH_URL: upload,
        UV_PUBLISH_TOKEN: token,
        UV_PUBLISH_CHECK_URL: `${index.url}/simple/`,
      });
    }
  });

  test("poetry publish", async () => {
    const project = '[project]\nname = "bypoetry"\nversion = "1.0"\n';
    const folder = projectFolder("bypoetry", { "pyproject.toml": project });
    await publish(programOf("poetry", "poetry"), ["publish", "-n", "-r", "index"], folder, {
      POETRY_REPOSITORIES_INDEX_URL: upload,
      POETRY_PYPI_TOKEN_INDEX: token,
      PYTHON_KEYRING_BACKEND: "keyring.backends.null.Keyring",
    });
  });

  test("pdm publish", async () => {
    const project = '[project]\nname = "bypdm"\nversion = "1.0"\n';
    const folder = projectFolder("bypdm", { "pyproject.toml": project });
    await publish(programOf("pdm", "pdm"), ["publish", "--no-build"], folder, {
      PDM_PUBLISH_REPO: upload,
      PDM_PUBLISH_USERNAME: "__token__",
      PDM_PUBLISH_PASSWORD: token,
      PDM_CHECK_UPDATE: "0",
    });
  });

  test("flit publish, which builds with its own backend, wheel and sdist", async () => {
    const project =
      '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n' +
      '[project]\nname = "byflit"\nversion = "1.0"\ndescription = "By flit."\n';
    const folder = projectFolder("byflit", { "pyproject.toml": project, "byflit.py": "print('byflit 1.0')\n" });
    await publish(programOf("flit", "flit"), ["publish"], folder, {
      FLIT_INDEX_URL: upload,
      FLIT_USERNAME: "__token__",
      FLIT_PASSWORD: token,
    });
    // It asks the public index for the list of classifiers, and goes on without.
    sandbox.takeCaught();
  });

  test("hatch publish", async () => {
    const folder = projectFolder("byhatch");
    await publish(programOf("hatch", "hatch"), ["publish", "-n"], folder, {
      HATCH_INDEX_REPO: upload,
      HATCH_INDEX_USER: "__token__",
      HATCH_INDEX_AUTH: token,
    });
  });

  test("python setup.py sdist upload, as in 2014", async () => {
    const setup =
      "from setuptools import setup\n" +
      "setup(name='bysetup', version='1.0', py_modules=['bysetup'], description='By setup.py',\n" +
      "      long_description='Some\\n\\n  lines', keywords=['a', 'b'], classifiers=['Programming Language :: Python'])\n";
    const folder = projectFolder("bysetup", { "setup.py": setup, "bysetup.py": "print('bysetup 1.0')\n" });
    const server = "[distutils]\nindex-servers = index\n";
    const pypirc = `${server}[index]\nrepository = ${upload}\nusername = __token__\npassword = ${token}\n`;
    writeFileSync(join(sandbox.folder, "home", ".pypirc"), pypirc);
    const python = programOf("setuptools-upload", "python");
    await publish(python, ["setup.py", "sdist", "upload", "-r", "index"], folder, {});
    // What builds it is the same environment: the index has no setuptools.
    const build = ["--python", python, "--no-build-isolation"];
    const pip = [programOf("pip-newest", "python"), "-m", "pip", "--python", python, "install", "--no-build-isolation"];
    const uv = [programOf("uv", "uv"), "pip", "install", "--no-progress", ...build];
    for (const [installer, command] of Object.entries({ pip, uv })) {
      const target = join(sandbox.folder, `by-setup-${installer}`);
      const ending = await sandbox.run(countermark, ["run", "--", ...command, "--target", target, "bysetup==1.0"]);
      assert.equal(ending.code, 0, ending.output);
      assert.equal(await importing(sandbox, target, "bysetup"), "bysetup 1.0");
    }
  });
});

test("pip and uv install all of it, verified", async () => {
  for (const installer of [newPip, uvPip]) {
    const wanted = published.map((name) => `${name}==1.0`);
    const installed = await installVerified(sandbox, installer, wanted);
    assert.equal(installed.code, 0, installed.output);
    for (const name of published) assert.equal(await importing(sandbox, installed.target, name), `${name} 1.0`);
  }
});

test("a refusal reaches the person at every tool that shows one", async () => {
  const folder = projectFolder("refused");
  const taken = makeWheel({ name: "bytwine", version: "1.0", source: "print('other')" });
  writeDistributions(join(folder, "other"), [taken]);
  cpSync(join(folder, "other"), join(folder, "dist"), { recursive: true });
  const settings = { TWINE_REPOSITORY_URL: upload, TWINE_USERNAME: "__token__", TWINE_NON_INTERACTIVE: "1" };
  const twine = await sandbox.run(programOf("twine", "twine"), ["upload", `other/${taken.filename}`], {
    folder,
    settings: { ...settings, TWINE_PASSWORD: token },
  });
  assert.notEqual(twine.code, 0);
  assert.match(twine.output.replace(/\s+/g, " "), /File already exists: bytwine-1\.0/);
  const uv = await sandbox.run(programOf("uv", "uv"), ["publish", `other/${taken.filename}`], {
    folder,
    settings: { UV_PUBLISH_URL: upload, UV_PUBLISH_TOKEN: token },
  });
  assert.notEqual(uv.code, 0);
  assert.match(uv.output.replace(/\s+/g, " "), /400 File already exists: bytwine-1\.0/);
  const stranger = await sandbox.run(programOf("twine", "twine"), ["upload", `other/${taken.filename}`], {
    folder,
    settings: { ...settings, TWINE_PASSWORD: "cm_wrong" },
  });
  assert.match(stranger.output.replace(/\s+/g, " "), /403 .*the token is not known here/);
});
