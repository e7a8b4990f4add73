/* Unmodified upload tools behind `countermark run --sign`: what they send is collected, and signed after they have ended. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { programOf } from "../../tools/python/environments.ts";
import { countermark } from "../harness/commands.ts";
import { makeWheel, writeDistributions } from "../harness/distributions/distributions.ts";
import { initIndex, serve } from "../harness/index-server.ts";
import { trust } from "../harness/installers.ts";
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

const TOOLS = {
  twine: (file: string) => [programOf("twine", "twine"), "upload", "--disable-progress-bar", file],
  uv: (file: string) => [programOf("uv", "uv"), "publish", file],
};

function build(name: string, version: string): string {
  const wheel = makeWheel({ name, version, source: "x = 1\n" });
  return join(writeDistributions(join(sandbox.folder, `${name}-${version}`), [wheel]), wheel.filename);
}

for (const [number, [tool, command]] of Object.entries(TOOLS).entries()) {
  test(`${tool} uploads, and what it uploaded is signed in one transaction`, async () => {
    const args = ["run", "--sign", "--project", "duo", "--yes", "--", ...command(build("duo", `${number + 1}.0`))];
    const { code, output } = await sandbox.run(countermark, args);
    assert.equal(code, 0, output);
    assert.match(output, new RegExp(`signed duo-${number + 1}\\.0-py3-none-any\\.whl sha256:[0-9a-f]{64}`));
  });
}

test("a wheel of another project gets nothing, and nothing is signed", async () => {
  const args = ["run", "--sign", "--project", "duo", "--yes", "--", ...TOOLS.twine(build("stranger", "6.6"))];
  const { code, output } = await sandbox.run(countermark, args);
  assert.notEqual(code, 0, output);
  assert.match(output, /wanted to release stranger-6\.6-py3-none-any\.whl; it got nothing/);
  assert.match(output, /nothing was signed/);
});
