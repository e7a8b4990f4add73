import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { checkout } from "../../tools/python/places.ts";
import { clientVersion } from "../../tools/wheel/node-packages.ts";
import { makeWheel } from "../harness/distributions/distributions.ts";
import { startIndex } from "../harness/index-server.ts";
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

/** The client and all that it needs, by name. */
function closure(): readonly string[] {
  const names = ["countermark"];
  for (const name of names) {
    const manifest = readFileSync(join(checkout, "node_modules", name, "package.json"), "utf8");
    const { dependencies = {} } = JSON.parse(manifest) as { dependencies?: Record<string, string> };
    for (const needed of Object.keys(dependencies)) if (!names.includes(needed)) names.push(needed);
  }
  return names;
}

test("the packed packages install into an empty prefix without a registry, and run without their sources", async () => {
  const packed = join(sandbox.folder, "packed");
  mkdirSync(packed);
  const folders = closure().map((name) => join(checkout, "node_modules", name));
  const quiet = ["--ignore-scripts", "--silent"];
  const pack = await sandbox.run("npm", ["pack", ...quiet, "--pack-destination", packed, ...folders], { settings });
  assert.equal(pack.code, 0, pack.output);
  const prefix = join(sandbox.folder, "prefix");
  mkdirSync(prefix);
  writeFileSync(join(prefix, "package.json"), "{}");
  const tarballs = readdirSync(packed).map((name) => join(packed, name));
  const options = ["--offline", "--no-audit", "--no-fund", ...quiet];
  const install = await sandbox.run("npm", ["install", ...options, ...tarballs], { settings, folder: prefix });
  assert.equal(install.code, 0, install.output);
  const command = join(prefix, "node_modules", ".bin", "countermark");
  assert.ok(existsSync(command));
  const version = await sandbox.run(command, ["--version"], { settings });
  assert.equal(version.stdout, `${clientVersion()}\n`, version.output);
  const index = await startIndex(sandbox, [makeWheel({ name: "alphapkg", version: "1.0" })]);
  const trusted = await sandbox.run(command, ["trust", `${index.url}/`, "--root", index.fingerprint], { settings });
  assert.equal(trusted.code, 0, trusted.output);
  const why = await sandbox.run(command, ["why", "alphapkg"], { settings });
  assert.match(why.stdout, /^alphapkg: 1 file/, why.output);
});
