/*
 * Without the network: what an earlier run verified and fetched is installed when the user says so, for as long as it counts,
 * and never more than that.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { after, test } from "node:test";
import { clockShiftedBy, DAY_MS } from "../harness/clock.ts";
import { countermark } from "../harness/commands.ts";
import { makeWheel } from "../harness/distributions/distributions.ts";
import { startIndex } from "../harness/index-server.ts";
import { hasModule, importing, installVerified, newPip, trust, uvPip, type Installer } from "../harness/installers.ts";
import { openSandbox, type Settings } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const alpha = makeWheel({ name: "alphapkg", version: "1.0" });
const index = await startIndex(sandbox, [alpha, makeWheel({ name: "betapkg", version: "1.0" })]);
await trust(sandbox, index.url, index.fingerprint);
const damaged = sandbox.otherHome("damaged");
await trust(sandbox, index.url, index.fingerprint, { settings: damaged });
for (const settings of [{}, damaged]) {
  const warming = await installVerified(sandbox, newPip, ["alphapkg"], { settings });
  assert.equal(warming.code, 0, warming.output);
}
// The control of all that is refused below: with the index in reach both are there.
const control = sandbox.otherHome("control");
await trust(sandbox, index.url, index.fingerprint, { settings: control });
assert.equal((await installVerified(sandbox, newPip, ["alphapkg", "betapkg"], { settings: control })).code, 0);
await index.process.stop();

let targets = 0;

async function install(installer: Installer, project: string, settings: Settings = {}) {
  const target = join(sandbox.folder, `offline-${(targets += 1)}`);
  const command = installer.command(target, [project]);
  const ending = await sandbox.run(countermark, ["run", "--offline", "--", ...command], { settings });
  return { ...ending, target };
}

test("without being told so, a run does not go offline: it fails, and names the way", async () => {
  const away = await installVerified(sandbox, newPip, ["alphapkg"]);
  assert.equal(away.code, 69);
  assert.match(away.stderr, /error\[INDEX_UNREACHABLE\][^]*\n\nhint: [^\n]*countermark run --offline/);
  assert.equal(hasModule(away.target, "alphapkg"), false);
});

for (const installer of [newPip, uvPip]) {
  test(`${installer.name} installs offline what was fetched before, and the run says what that can and cannot tell`, async () => {
    const { code, output, stderr, target } = await install(installer, "alphapkg");
    assert.equal(code, 0, output);
    assert.equal(await importing(sandbox, target, "alphapkg"), "alphapkg 1.0");
    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`;
    assert.match(
      stderr,
      new RegExp(`offline: ${index.url}/ as it was verified at ${time} .*counts until ${time}$`, "m"),
    );
    assert.match(stderr, /^countermark: offline: not known: releases since then, and what was withdrawn since then$/m);
  });
}

test("what was not fetched before is refused with a code of its own, and fails the run", async () => {
  const { code, stderr, target } = await install(newPip, "betapkg");
  assert.equal(code, 1);
  assert.match(stderr, /error\[NOT_CACHED\]: betapkg[^]*\n\nhint: [^\n]*leave out --offline/);
  assert.equal(hasModule(target, "betapkg"), false);
});

test("what was verified counts until it expires, and a clock that is behind is refused", async () => {
  for (const [days, code] of [
    [2, undefined],
    [4, "METADATA_EXPIRED"],
    [-1, "CLOCK_BEHIND"],
  ] as const) {
    const { stderr, output, target } = await install(newPip, "alphapkg", clockShiftedBy(days * DAY_MS));
    assert.equal(hasModule(target, "alphapkg"), code === undefined, output);
    if (code !== undefined) assert.match(stderr, new RegExp(`error\\[${code}\\]`));
  }
});

test("a cached file that was changed on the disk is not installed", async () => {
  const sha256 = createHash("sha256").update(alpha.bytes).digest("hex");
  const cache = join(sandbox.folder, "damaged", ".cache", "countermark", "content");
  const path = join(cache, sha256.slice(0, 2), sha256);
  const forged = readFileSync(path);
  forged.writeUInt8(forged.readUInt8(100) ^ 1, 100);
  writeFileSync(path, forged);
  const { code, stderr, target } = await install(newPip, "alphapkg", { ...damaged, PIP_NO_CACHE_DIR: "1" });
  assert.equal(code, 1);
  assert.match(stderr, /error\[NOT_CACHED\]/);
  assert.equal(hasModule(target, "alphapkg"), false);
});

test("a newcomer has nothing to go by offline", async () => {
  const settings = sandbox.otherHome("newcomer");
  const { code, stderr } = await install(newPip, "alphapkg", settings);
  assert.equal(code, 64);
  assert.match(stderr, /error\[TRUST_MISSING\]/);
});

/** What commands that vouch for something say when they do not ask. */
const NOTICE = /^countermark: offline: not known: releases since then, and what was withdrawn since then$/m;

test("why goes by what was verified, says so, and says nothing of what was never asked for", async () => {
  const known = await sandbox.run(countermark, ["why", "--offline", "alphapkg"]);
  assert.equal(known.code, 0, known.output);
  assert.match(known.stdout, /alphapkg/);
  assert.match(known.stderr, NOTICE);
  const unknown = await sandbox.run(countermark, ["why", "--offline", "betapkg"]);
  assert.deepEqual([unknown.code, unknown.stdout], [69, ""]);
  assert.match(unknown.stderr, /error\[NOT_CACHED\]/);
  const asking = await sandbox.run(countermark, ["why", "alphapkg"]);
  assert.match(asking.stderr, /error\[INDEX_UNREACHABLE\][^]*\n\nhint: [^\n]*--offline/);
});

test("lock verify tells what it verified, what is wrong, and what it cannot know", async () => {
  const sha256 = createHash("sha256").update(alpha.bytes).digest("hex");
  const verify = async (...lines: readonly string[]) => {
    const path = join(sandbox.folder, "requirements.txt");
    writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
    const args = ["lock", "verify", "--offline", "--json", path];
    const { code, stdout, stderr } = await sandbox.run(countermark, args);
    assert.match(stderr, NOTICE);
    const { projects } = JSON.parse(stdout) as { projects: { status: string }[] };
    return { code, statuses: projects.map(({ status }) => status), stderr };
  };
  const good = `alphapkg==1.0 --hash=sha256:${sha256}`;
  assert.deepEqual((await verify(good)).statuses, ["verified"]);
  const open = await verify(good, `betapkg==1.0 --hash=sha256:${sha256}`);
  assert.deepEqual([open.code, open.statuses], [1, ["verified", "not known"]]);
  assert.match(open.stderr, /^countermark: 1 of 2 projects cannot be told without asking the index$/m);
  const wrong = await verify(`alphapkg==1.0 --hash=sha256:${"0".repeat(64)}`);
  assert.deepEqual([wrong.code, wrong.statuses], [1, ["other hash"]]);
});

test("an agent serves what was fetched before, and refuses the rest", async () => {
  const agent = sandbox.start(countermark, ["agent", "--offline", "--json"], { timeoutMs: 5 * 60_000 });
  scope.after(() => agent.stop());
  const line = () => /^\{.*\}$/m.exec(agent.output())?.[0];
  for (const deadline = Date.now() + 60_000; line() === undefined && Date.now() < deadline;) await sleep(20);
  assert.match(agent.output(), NOTICE);
  const { settings } = JSON.parse(line() ?? "") as { settings: Record<string, string> };
  const target = join(sandbox.folder, "from-agent");
  const install = async (project: string) => {
    const [program = "", ...args] = newPip.command(target, [project]);
    return (await sandbox.run(program, args, { settings })).code;
  };
  assert.equal(await install("alphapkg"), 0);
  assert.equal(await importing(sandbox, target, "alphapkg"), "alphapkg 1.0");
  assert.notEqual(await install("betapkg"), 0);
  assert.equal((await agent.stop()).code, 0);
});
