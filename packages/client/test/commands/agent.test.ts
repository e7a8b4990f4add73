import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { openFixtureIndex } from "../fixture/fixture-index.ts";
import { openSandbox, runProgram, type Sandbox } from "../fixture/sandbox.ts";

interface Settings {
  readonly url: string;
  readonly settings: Record<string, string>;
}

/** Starts the agent, hands its settings to `use`, then stops it as a service manager would. */
async function withAgent(user: Sandbox, use: (settings: Settings) => Promise<void>): Promise<number | null> {
  const child = user.start("agent", "--json");
  const ended = once(child, "close");
  try {
    const [line] = (await once(createInterface(child.stdout), "line")) as [string];
    await use(JSON.parse(line) as Settings);
  } finally {
    child.kill("SIGTERM");
  }
  return ((await ended) as [number | null])[0];
}

test("pip installs through the agent with the settings that it prints, and its address stays the same", async () => {
  await using index = await openFixtureIndex();
  using user = openSandbox();
  await index.release({ name: "alphapkg", version: "1.0" });
  assert.equal((await user.countermark("trust", index.url, "--root", index.fingerprint)).code, 0);
  const secrets = new Set<string>();
  for (const site of ["one", "two"]) {
    const code = await withAgent(user, async ({ url, settings }) => {
      secrets.add(new URL(url).pathname);
      const target = join(user.folder, site);
      const args = ["-m", "pip", "install", "--target", target, "alphapkg"];
      const installed = await runProgram("python3", args, { ...user.env, ...settings });
      assert.equal(installed.code, 0, installed.stderr);
      assert.ok(existsSync(join(target, "alphapkg.py")));
    });
    assert.equal(code, 0);
  }
  assert.equal(secrets.size, 1, "a tool's cache stays good from one start to the next");
});
