import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { makeWheel, writeDistributions } from "../harness/distributions/distributions.ts";
import { initIndex, importFiles, serve, startIndex } from "../harness/index-server.ts";
import { importing, installPlainly, installVerified, newPip, trust, uvPip } from "../harness/installers.ts";
import { openSandbox, type Settings } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

/*
 * A machine whose settings name a second index besides the trusted one, with a higher version of the same project: the
 * controls install that version, the agent's user gets the trusted index's one.
 */
const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const index = await startIndex(sandbox, [makeWheel({ name: "alphapkg", version: "1.0" })]);
await trust(sandbox, index.url, index.fingerprint);
const stranger = makeWheel({ name: "alphapkg", version: "9.0", source: 'print("the stranger\'s code")\n' });
const other = await initIndex(sandbox, "other");
await importFiles(sandbox, other, [stranger]);
const otherUrl = `${(await serve(sandbox, other)).url}/simple/`;
const links = writeDistributions(join(sandbox.folder, "links"), [stranger]);

const pipSettings: Readonly<Record<string, Settings>> = {
  PIP_EXTRA_INDEX_URL: { PIP_EXTRA_INDEX_URL: otherUrl },
  PIP_FIND_LINKS: { PIP_FIND_LINKS: links },
  "the user's pip.conf": homeWith(".config/pip/pip.conf", `[global]\nextra-index-url = ${otherUrl}\n`),
};
const uvSettings: Readonly<Record<string, Settings>> = {
  UV_INDEX: { UV_INDEX: otherUrl },
  UV_EXTRA_INDEX_URL: { UV_EXTRA_INDEX_URL: otherUrl },
  UV_FIND_LINKS: { UV_FIND_LINKS: links },
  "the user's uv.toml": homeWith(".config/uv/uv.toml", `[[index]]\nurl = "${otherUrl}"\n`),
};

function homeWith(path: string, text: string): Settings {
  const home = join(sandbox.folder, `home-${path.replaceAll("/", "-")}`);
  mkdirSync(join(home, "tmp"), { recursive: true });
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), text);
  return { HOME: home, TMPDIR: join(home, "tmp") };
}

for (const [installer, ways] of [[newPip, pipSettings] as const, [uvPip, uvSettings] as const]) {
  for (const [way, settings] of Object.entries(ways)) {
    test(`${installer.name}: ${way} does not lead around the agent`, async () => {
      const control = await installPlainly(sandbox, installer, index.url, ["alphapkg"], { settings });
      assert.equal(control.code, 0, control.output);
      assert.equal(await importing(sandbox, control.target, "alphapkg"), "the stranger's code");

      if (settings["HOME"] !== undefined) await trust(sandbox, index.url, index.fingerprint, { settings });
      const verified = await installVerified(sandbox, installer, ["alphapkg"], { settings });
      assert.equal(verified.code, 0, verified.output);
      assert.equal(await importing(sandbox, verified.target, "alphapkg"), "alphapkg 1.0");
    });
  }

  test(`${installer.name}: a proxy without exceptions does not take the agent's requests`, async () => {
    const settings = { NO_PROXY: undefined, no_proxy: undefined };
    const control = await installPlainly(sandbox, installer, index.url, ["alphapkg"], { settings, timeoutMs: 90_000 });
    assert.notEqual(control.code, 0);
    assert.notEqual(sandbox.takeCaught().length, 0);

    const verified = await installVerified(sandbox, installer, ["alphapkg"], { settings });
    assert.equal(verified.code, 0, verified.output);
  });
}
