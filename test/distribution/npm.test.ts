import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { environmentOf } from "../../tools/python/environments.ts";
import { checkout } from "../../tools/python/places.ts";
import { BUNDLED } from "../../tools/bundle/bundle.ts";
import { commandFiles, commandVersion } from "../../tools/bundle/command.ts";
import { makeWheel } from "../harness/distributions/distributions.ts";
import { announcedUrl } from "../harness/index-server.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
/** Where npm lies, beside the Node that runs this; the environment's own PATH otherwise. */
const settings = {
  PATH: [dirname(process.execPath), process.env["PATH"]].join(":"),
  NODE_OPTIONS: "",
  npm_config_update_notifier: "false",
};
/** What others may build on, unbundled: the layout and what it needs. */
const LIBRARIES = ["tuf", "packaging", "repository"];
const prefix = join(sandbox.folder, "prefix");

/** Packs folders and installs what was packed into an empty prefix, without a registry. */
async function install(folders: readonly string[]): Promise<void> {
  const packed = join(sandbox.folder, "packed");
  for (const folder of [packed, prefix]) mkdirSync(folder);
  writeFileSync(join(prefix, "package.json"), "{}");
  const quiet = ["--ignore-scripts", "--silent"];
  const pack = await sandbox.run("npm", ["pack", ...quiet, "--pack-destination", packed, ...folders], { settings });
  assert.equal(pack.code, 0, pack.output);
  const tarballs = readdirSync(packed).map((name) => join(packed, name));
  const options = ["--offline", "--no-audit", "--no-fund", ...quiet];
  const installed = await sandbox.run("npm", ["install", ...options, ...tarballs], { settings, folder: prefix });
  assert.equal(installed.code, 0, installed.output);
}

/** A copy of a package with its bundle as the sources are now. */
async function freshlyBundled(name: (typeof BUNDLED)[number]): Promise<string> {
  const folder = join(sandbox.folder, "bundled", name);
  for (const [path, bytes] of await commandFiles(name)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  return folder;
}

async function run(command: string, ...args: readonly string[]): Promise<string> {
  const ending = await sandbox.run(join(prefix, "node_modules", ".bin", command), args, { settings });
  assert.equal(ending.code, 0, ending.output);
  return ending.output;
}

async function upload(url: string, token: string, { filename, bytes }: ReturnType<typeof makeWheel>): Promise<void> {
  const form = new FormData();
  const fields = {
    ":action": "file_upload",
    protocol_version: "1",
    metadata_version: "2.1",
    sha256_digest: createHash("sha256").update(bytes).digest("hex"),
    name: "alphapkg",
    version: "1.0",
    filetype: "bdist_wheel",
    pyversion: "py3",
  };
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set("content", new Blob([Uint8Array.from(bytes)]), filename);
  const headers = { authorization: `Basic ${Buffer.from(`__token__:${token}`).toString("base64")}` };
  const answer = await fetch(`${url}/legacy/`, { method: "POST", body: form, headers });
  assert.equal(answer.status, 200, await answer.text());
}

test("the packed commands need nothing beside them: an index, an upload, and an installation through the gate", async () => {
  const bundled = await Promise.all(BUNDLED.map(freshlyBundled));
  await install([...bundled, ...LIBRARIES.map((name) => join(checkout, "packages", name))]);
  const present = readdirSync(join(prefix, "node_modules")).filter((name) => !name.startsWith("."));
  assert.deepEqual(present.sort(), ["@countermark", "countermark", "countermark-server"]);
  assert.equal(await run("countermark", "--version"), `${commandVersion("client")}\n`);
  assert.equal(await run("countermark-server", "--version"), `${commandVersion("server")}\n`);

  const data = join(sandbox.folder, "data");
  const keys = ["--keys", join(sandbox.folder, "keys"), "--unsealed-keys"];
  const made = await run("countermark-server", "init", "--data", data, ...keys);
  await run("countermark-server", "account", "add", "ada", "--data", data);
  const created = await run("countermark-server", "token", "create", "ada", "--data", data, "--scope", "upload");
  const [token = ""] = /\bcm_[A-Za-z0-9_-]+/.exec(created) ?? [];
  const server = join(prefix, "node_modules", ".bin", "countermark-server");
  const serving = sandbox.start(server, ["serve", "--data", data, "--port", "0"], { settings });
  scope.after(() => serving.stop());
  const url = await announcedUrl(serving);
  await upload(url, token, makeWheel({ name: "alphapkg", version: "1.0" }));

  const [fingerprint = ""] = /\b[0-9a-f]{64}\b/.exec(made) ?? [];
  await run("countermark", "trust", `${url}/`, "--root", fingerprint);
  const pip = [join(environmentOf("pip-newest"), "bin", "python"), "-m", "pip", "install"];
  const told = await run("countermark", "run", "--", ...pip, "--target", join(sandbox.folder, "target"), "alphapkg");
  assert.match(told, /0 of 1 files claimed or sealed; left to the index alone: alphapkg/);
});

test("the packed libraries load unbundled", async () => {
  const script = 'const { listProject } = await import("@countermark/repository"); console.log(typeof listProject);';
  const loaded = await sandbox.run(process.execPath, ["--input-type=module", "-e", script], {
    settings,
    folder: prefix,
  });
  assert.equal(loaded.stdout, "function\n", loaded.output);
});
