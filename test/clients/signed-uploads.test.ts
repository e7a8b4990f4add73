/* Unmodified upload tools behind `countermark run --sign`: what they send is collected, and signed after they have ended. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { programOf } from "../../tools/python/environments.ts";
import { countermark } from "../harness/commands.ts";
import { makeWheel, writeDistributions } from "../harness/distributions/distributions.ts";
import { initIndex, serve } from "../harness/index-server.ts";
import { importing, installVerified, newPip, trust } from "../harness/installers.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const index = await initIndex(sandbox);
const { url } = await serve(sandbox, index);
await trust(sandbox, url, index.fingerprint);
const key = join(sandbox.folder, "alice.pem");
const { privateKey } = generateKeyPairSync("ed25519");
writeFileSync(key, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
const login = await sandbox.run(countermark, ["login", `${url}/`, "--account", "alice", "--key", key]);
assert.equal(login.code, 0, login.output);

interface Tool {
  readonly command: readonly string[];
  /** What must stand in `pyproject.toml`. */
  readonly pyproject?: string;
  /** More files of the project's folder. */
  readonly files?: Readonly<Record<string, string>>;
}

const FLIT = '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n';
const TWINE = [programOf("twine", "twine"), "upload", "--disable-progress-bar"];
/** As documented: nothing but the command; `run --sign` tells each tool where to. */
const TOOLS: Readonly<Record<string, Tool>> = {
  twine: { command: TWINE },
  uv: { command: [programOf("uv", "uv"), "publish"] },
  poetry: { command: [programOf("poetry", "poetry"), "publish", "-n", "-r", "countermark"] },
  pdm: { command: [programOf("pdm", "pdm"), "publish", "--no-build"] },
  flit: {
    command: [programOf("flit", "flit"), "publish"],
    pyproject: FLIT,
    files: { "byflit.py": '"""By flit."""\n__version__ = "1.0"\nprint("byflit 1.0")\n' },
  },
  hatch: { command: [programOf("hatch", "hatch"), "publish", "-n"] },
};
/** Tools that are told which files; the others take what is in `dist`. */
const TOLD = new Set(["twine", "uv"]);

/** The folder of a project called `by` and the tool's name, with a wheel in `dist`. */
function projectFolder(tool: string, { pyproject = "", files = {} }: Tool): { folder: string; wheel: string } {
  const name = `by${tool}`;
  const folder = join(sandbox.folder, `project-${tool}`);
  mkdirSync(folder);
  const wheel = makeWheel({ name, version: "1.0" });
  writeDistributions(join(folder, "dist"), [wheel]);
  const project = `[project]\nname = "${name}"\nversion = "1.0"\ndescription = "By ${tool}."\n`;
  for (const [path, text] of Object.entries({ ...files, "pyproject.toml": pyproject + project }))
    writeFileSync(join(folder, path), text);
  return { folder, wheel: `dist/${wheel.filename}` };
}

describe("each tool's own command publishes signed files", { concurrency: 2 }, () => {
  for (const [name, tool] of Object.entries(TOOLS)) {
    test(name, async () => {
      const { folder, wheel } = projectFolder(name, tool);
      const command = [...tool.command, ...(TOLD.has(name) ? [wheel] : [])];
      const ending = await sandbox.run(countermark, ["run", "--sign", "--yes", "--", ...command], { folder });
      assert.equal(ending.code, 0, ending.output);
      assert.match(ending.output, new RegExp(`signed by${name}-1\\.0-\\S+\\.whl sha256:[0-9a-f]{64}`));
      const why = await sandbox.run(countermark, ["why", `by${name}`, "--json"]);
      assert.equal((JSON.parse(why.stdout) as { protection: string }).protection, "recently-claimed", why.output);
    });
  }
});

test("what they published is installed, verified", async () => {
  const names = Object.keys(TOOLS).map((tool) => `by${tool}`);
  const installation = await installVerified(sandbox, newPip, names);
  assert.equal(installation.code, 0, installation.output);
  for (const name of names) assert.equal(await importing(sandbox, installation.target, name), `${name} 1.0`);
});

test("a wheel of another project gets nothing, and nothing is signed", async () => {
  const stranger = makeWheel({ name: "stranger", version: "6.6" });
  const file = join(writeDistributions(join(sandbox.folder, "stranger"), [stranger]), stranger.filename);
  const upload = [...TWINE, file];
  const args = ["run", "--sign", "--project", "bytwine", "--yes", "--", ...upload];
  const { code, output } = await sandbox.run(countermark, args);
  assert.notEqual(code, 0, output);
  assert.match(output, /wanted to release stranger-6\.6-py3-none-any\.whl; it got nothing/);
  assert.match(output, /nothing was signed/);
});
