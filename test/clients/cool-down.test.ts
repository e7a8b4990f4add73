import assert from "node:assert/strict";
import { after, test } from "node:test";
import { programOf } from "../../tools/python/environments.ts";
import { clockShiftedBy, DAY_MS } from "../harness/clock.ts";
import { countermark } from "../harness/commands.ts";
import { makeWheel, writeDistributions } from "../harness/distributions/distributions.ts";
import { importFiles, importFolder, initIndex, serve } from "../harness/index-server.ts";
import { importing, trust } from "../harness/installers.ts";
import { startMirror, type Attack } from "../harness/mirror/mirror.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";
import { join } from "node:path";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const tenDaysAgo = { settings: clockShiftedBy(-10 * DAY_MS) };
const index = await initIndex(sandbox, "index", tenDaysAgo);
const old = writeDistributions(join(sandbox.folder, "old"), [makeWheel({ name: "alphapkg", version: "1.0" })]);
await importFolder(sandbox, index, old, tenDaysAgo);
await importFiles(sandbox, index, [makeWheel({ name: "alphapkg", version: "2.0" })]);
const { url } = await serve(sandbox, index);

/** A mirror that dates every file back, in the hope that a fresh one slips through a cool-down. */
const backdate: Attack = async (request, upstream) => {
  const answer = await upstream(request);
  if (!request.path.startsWith("/simple/")) return answer;
  return {
    ...answer,
    body: Buffer.from(answer.body.toString().replace(/20\d\d-\d\d-\d\dT[0-9:.]+Z/g, "2020-01-01T00:00:00Z")),
  };
};
const mirror = await startMirror(scope, url);
mirror.attackWith(backdate);
await trust(sandbox, mirror.url, index.fingerprint);

const fiveDaysAgo = new Date(Date.now() - 5 * DAY_MS).toISOString().replace(/\.\d+/, "");
const pip = [programOf("pip-newest", "python"), "-m", "pip", "install", "--progress-bar", "off", "--no-cache-dir"];
const uv = [programOf("uv", "uv"), "pip", "install", "--no-progress", "--no-cache"];

for (const [name, command, plain] of [
  ["uv --exclude-newer", [...uv, "--exclude-newer", fiveDaysAgo], { UV_DEFAULT_INDEX: `${mirror.url}/simple/` }],
  ["pip --uploaded-prior-to", [...pip, "--uploaded-prior-to", fiveDaysAgo], { PIP_INDEX_URL: `${mirror.url}/simple/` }],
] as const) {
  test(`${name} works off signed upload times: a mirror's dates deceive a plain install alone`, async () => {
    const install = async (prefix: readonly string[], target: string, settings = {}) => {
      const [program = "", ...args] = [...prefix, ...command, "--target", target, "alphapkg"];
      const ending = await sandbox.run(program, args, { settings });
      assert.equal(ending.code, 0, ending.output);
      return await importing(sandbox, target, "alphapkg");
    };
    const [control, gated] = ["control", "gated"].map((kind) => join(sandbox.folder, `${name.slice(0, 3)}-${kind}`));
    assert.equal(await install([], control ?? "", plain), "alphapkg 2.0", "the control takes what is new");
    assert.equal(await install([countermark, "run", "--"], gated ?? ""), "alphapkg 1.0");
  });
}
