import assert from "node:assert/strict";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { openFixtureIndex } from "../fixture/fixture-index.ts";
import { openSandbox } from "../fixture/sandbox.ts";

test("a signal reaches the command, which decides how the run ends", async (t) => {
  await using index = await openFixtureIndex();
  using user = openSandbox();
  assert.equal((await user.countermark("trust", index.url, "--root", index.fingerprint)).code, 0);
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR2"] as const) {
    await t.test(signal, async () => {
      const name = signal.slice(3);
      const script = `trap 'echo got ${name}; exit 7' ${name}; echo ready; while :; do sleep 0.05; done`;
      const child = user.start("run", "--", "sh", "-c", script);
      const lines: string[] = [];
      const ended = once(child, "close");
      for await (const line of createInterface(child.stdout)) {
        lines.push(line);
        if (line === "ready") child.kill(signal);
      }
      assert.deepEqual(lines, ["ready", `got ${name}`]);
      assert.deepEqual(await ended, [7, null]);
    });
  }
});
