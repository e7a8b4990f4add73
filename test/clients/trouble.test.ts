import assert from "node:assert/strict";
import { after, test } from "node:test";
import { countermark } from "../harness/commands.ts";
import { makeWheel } from "../harness/distributions/distributions.ts";
import { initIndex, serve, startIndex } from "../harness/index-server.ts";
import { hasModule, importing, installVerified, newPip, trust, uvPip } from "../harness/installers.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const index = await startIndex(sandbox, [makeWheel({ name: "alphapkg", version: "1.0" })]);

/** An operator's or user's mistake: one line that says what, with a code, then a hint. */
const SAID_PROPERLY = /^error(\[[A-Z0-9_]+\])?: [^\n]*[^.\n]\n\nhint: /m;

test("a wrong fingerprint is refused, and nothing is trusted", async () => {
  const settings = sandbox.otherHome("mistaken");
  const wrong = await sandbox.run(countermark, ["trust", `${index.url}/`, "--root", "0".repeat(64)], { settings });
  assert.equal(wrong.code, 1, wrong.output);
  assert.match(wrong.stderr, SAID_PROPERLY);
  const after = await installVerified(sandbox, newPip, ["alphapkg"], { settings });
  assert.notEqual(after.code, 0, after.output);
  assert.equal(hasModule(after.target, "alphapkg"), false);
});

test("without a trusted index, run starts nothing", async () => {
  const settings = sandbox.otherHome("newcomer");
  const ran = await sandbox.run(countermark, ["run", "--", "echo", "started"], { settings });
  assert.notEqual(ran.code, 0);
  assert.doesNotMatch(ran.stdout, /started/);
  assert.match(ran.stderr, SAID_PROPERLY);
});

for (const installer of [newPip, uvPip]) {
  test(`${installer.name}: an index that is gone is said to be so, and works again when it is back`, async () => {
    const settings = sandbox.otherHome(`patient-${installer.name}`);
    const made = await initIndex(sandbox, `away-${installer.name.replace(" ", "-")}`);
    const first = await serve(sandbox, made);
    await trust(sandbox, first.url, made.fingerprint, { settings });
    await first.process.stop();
    const away = await installVerified(sandbox, installer, ["alphapkg"], { settings, timeoutMs: 110_000 });
    assert.notEqual(away.code, 0);
    assert.match(away.stderr, /hint: /);
    assert.equal(hasModule(away.target, "alphapkg"), false);

    await serve(sandbox, made, Number(new URL(first.url).port));
    const back = await installVerified(sandbox, installer, ["no-such-project"], { settings });
    assert.match(back.output, /no-such-project/);
    assert.doesNotMatch(back.stderr, /unreachable/);
  });
}

test("run keeps the child's exit code, output and arguments", async () => {
  await trust(sandbox, index.url, index.fingerprint);
  const script = 'printf "%s|" "$@"; echo to-stderr >&2; exit 7';
  const ran = await sandbox.run(countermark, ["run", "--", "sh", "-c", script, "sh", "a b", "--root", ""]);
  assert.equal(ran.code, 7, ran.output);
  assert.equal(ran.stdout, "a b|--root||");
  assert.match(ran.stderr, /^to-stderr$/m);
});

test("run says as a shell does that a command cannot start", async () => {
  const missing = await sandbox.run(countermark, ["run", "--", "no-such-command-here"]);
  assert.equal(missing.code, 127, missing.output);
  const folder = await sandbox.run(countermark, ["run", "--", "/"]);
  assert.equal(folder.code, 126, folder.output);
});

test("why tells the chain of trust of a project in words", async () => {
  const why = await sandbox.run(countermark, ["why", "Alphapkg"]);
  assert.equal(why.code, 0, why.output);
  for (const word of ["alphapkg", "root", "targets", "unclaimed"]) assert.match(why.stdout, new RegExp(word));
});

test("an installation still works after all this", async () => {
  const installation = await installVerified(sandbox, newPip, ["alphapkg"]);
  assert.equal(await importing(sandbox, installation.target, "alphapkg"), "alphapkg 1.0");
});
