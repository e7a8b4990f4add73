/* The demo is what a newcomer sees first: it must tell its whole story, and leave nothing behind, also when it is stopped. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { checkout } from "../../tools/python/places.ts";
import type { Running } from "../harness/processes.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const TIMEOUT_MS = 5 * 60_000;
const POLL_MS = 20;

function startDemo(name: string): Running {
  const demo = join(checkout, "tools", "demo", "demo.ts");
  return sandbox.start("node", [demo, join(sandbox.folder, name)], { timeoutMs: TIMEOUT_MS });
}

/** Every address that the demo named is dead, but for the one of its closing advice. */
async function nothingAnswers(output: string): Promise<void> {
  const urls = new Set(output.match(/http:\/\/127\.0\.0\.1:\d+\//g));
  urls.delete("http://127.0.0.1:8000/");
  assert.notEqual(urls.size, 0);
  for (const url of urls) await assert.rejects(fetch(url), `${url} is still there`);
}

test("the demo tells its whole story and ends with what to try next", async () => {
  const { code, output, stderr } = await startDemo("whole").ended;
  assert.equal(code, 0, output);
  assert.equal(stderr, "");
  assert.equal(output.match(/^ {2}\[!\] plain pip /gm)?.length, 5, output);
  assert.equal(output.match(/^ {2}\[ok\] refused: /gm)?.length, 4, output);
  assert.match(output, /^ {2}\[!\] demo-login cannot be saved: nobody signs for it/m);
  assert.equal(output.match(/^ {2}bin\/countermark/gm)?.length, 3, output);
  assert.ok(!output.includes("\u001b"), "colours where there is no terminal");
  await nothingAnswers(output);
});

test("the demo leaves nothing running when it is stopped in the middle", async () => {
  const demo = startDemo("stopped");
  while (demo.isRunning() && !demo.output().includes("$ countermark run")) await sleep(POLL_MS);
  process.kill(demo.pid, "SIGINT");
  const { code, output } = await demo.ended;
  assert.equal(code, 130, output);
  await nothingAnswers(output);
});
