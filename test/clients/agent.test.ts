/*
 * The long-running agent: an index URL on loopback with a secret in it, for containers and for tools that cannot be started
 * through `run`.
 */
import assert from "node:assert/strict";
import { request } from "node:http";
import { after, test } from "node:test";
import { countermark } from "../harness/commands.ts";
import { makeWheel } from "../harness/distributions/distributions.ts";
import { announcedUrl, startIndex } from "../harness/index-server.ts";
import { importing, newPip, trust, uvPip, type Installer } from "../harness/installers.ts";
import type { Running } from "../harness/processes.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const index = await startIndex(sandbox, [makeWheel({ name: "alphapkg", version: "1.0" })]);
await trust(sandbox, index.url, index.fingerprint);
const [agent, settings] = await startAgent();
const door = new URL(settings["PIP_INDEX_URL"] ?? "");

async function startAgent(): Promise<[Running, Readonly<Record<string, string>>]> {
  const started = sandbox.start(countermark, ["agent", "--json"], { timeoutMs: 5 * 60_000 });
  scope.after(() => started.stop());
  await announcedUrl(started);
  const [line = ""] = started.output().split("\n");
  return [started, (JSON.parse(line) as { settings: Record<string, string> }).settings];
}

async function installWithPrintedSettings(installer: Installer, target: string): Promise<void> {
  const [program = "", ...args] = installer.command(target, ["alphapkg"]);
  const installation = await sandbox.run(program, args, { settings });
  assert.equal(installation.code, 0, installation.output);
  assert.equal(await importing(sandbox, target, "alphapkg"), "alphapkg 1.0");
}

for (const installer of [newPip, uvPip]) {
  test(`${installer.name} installs with the settings that the agent prints`, async () => {
    await installWithPrintedSettings(installer, `${sandbox.folder}/${installer.name}`);
  });
}

/** What a browser's page or another user of the machine could ask for. */
function ask(path: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port: door.port, path, headers }, (answer) => {
      answer.resume().on("end", () => {
        resolve(answer.statusCode ?? 0);
      });
    });
    asked.on("error", reject).end();
  });
}

test("the agent answers nobody who does not know its secret, and no other host name", async () => {
  assert.equal(await ask(`${door.pathname}alphapkg/`), 200);
  for (const path of ["/", "/simple/", "/simple/alphapkg/", `/${"A".repeat(22)}/simple/alphapkg/`]) {
    assert.notEqual(await ask(path), 200, path);
  }
  assert.notEqual(await ask(`${door.pathname}alphapkg/`, { host: "attacker.example" }), 200);
  assert.notEqual(await ask(`${door.pathname}alphapkg/`, { origin: "https://attacker.example" }), 200);
});

test("the agent ends when it is asked to", async () => {
  const { code, output } = await agent.stop();
  assert.equal(code, 0, output);
});
