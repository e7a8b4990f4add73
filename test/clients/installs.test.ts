import assert from "node:assert/strict";
import { after, test } from "node:test";
import { makeBuildBackend, makeSdist, makeWheel } from "../harness/distributions/distributions.ts";
import { startIndex } from "../harness/index-server.ts";
import { importing, installers, installPlainly, installVerified, trust } from "../harness/installers.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const index = await startIndex(sandbox, [
  makeWheel({ name: "alphapkg", version: "1.0" }),
  makeWheel({ name: "alphapkg", version: "1.1", requires: ["betapkg>=1"] }),
  makeWheel({ name: "betapkg", version: "1.0" }),
  makeSdist({ name: "gamma-pkg", version: "2.0" }),
  makeBuildBackend(),
]);
await trust(sandbox, index.url, index.fingerprint);

for (const installer of installers) {
  test(`${installer.name} installs the newest version and its dependency through the agent`, async () => {
    const installation = await installVerified(sandbox, installer, ["alphapkg"]);
    assert.equal(installation.code, 0, installation.output);
    assert.equal(await importing(sandbox, installation.target, "alphapkg"), "alphapkg 1.1");
    assert.equal(await importing(sandbox, installation.target, "betapkg"), "betapkg 1.0");
  });

  test(`${installer.name} installs an older version by its number through the agent`, async () => {
    const installation = await installVerified(sandbox, installer, ["alphapkg==1.0"]);
    assert.equal(installation.code, 0, installation.output);
    assert.equal(await importing(sandbox, installation.target, "alphapkg"), "alphapkg 1.0");
  });

  test(`${installer.name} builds an sdist with a build requirement from the agent`, async () => {
    const installation = await installVerified(sandbox, installer, ["Gamma_Pkg"]);
    assert.equal(installation.code, 0, installation.output);
    assert.equal(await importing(sandbox, installation.target, "gamma_pkg"), "gamma-pkg 2.0");
  });

  test(`${installer.name} without the agent reads the index's own pages`, async () => {
    const installation = await installPlainly(sandbox, installer, index.url, ["alphapkg", "gamma-pkg"]);
    assert.equal(installation.code, 0, installation.output);
    assert.equal(await importing(sandbox, installation.target, "alphapkg"), "alphapkg 1.1");
    assert.equal(await importing(sandbox, installation.target, "gamma_pkg"), "gamma-pkg 2.0");
  });

  test(`${installer.name} is told as usual that a project does not exist, and its exit code is kept`, async () => {
    const missing = await installVerified(sandbox, installer, ["no-such-project"]);
    const plainly = await installPlainly(sandbox, installer, index.url, ["no-such-project"]);
    assert.notEqual(plainly.code, 0);
    assert.equal(missing.code, plainly.code, missing.output);
    assert.match(missing.output, /no-such-project/);
  });
}
