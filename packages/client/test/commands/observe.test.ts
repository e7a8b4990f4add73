import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openFixtureIndex } from "../fixture/fixture-index.ts";
import { openSandbox } from "../fixture/sandbox.ts";

const DAY = 24 * 60 * 60 * 1000;

test("observing is loud, ends by itself, may not last longer than a week, and nothing is signed meanwhile", async () => {
  await using index = await openFixtureIndex();
  using user = openSandbox();
  assert.equal((await user.countermark("trust", index.url, "--root", index.fingerprint)).code, 0);
  const observeFor = (days: number) => {
    const until = new Date(Date.now() + days * DAY).toISOString();
    writeFileSync(join(user.folder, "own", "config", "countermark.toml"), `observe-until = ${until}\n`);
  };
  const started = join(user.folder, "started");
  const sign = () => user.countermark("run", "--sign", "--project", "alphapkg", "--", "touch", started);
  observeFor(1);
  assert.match(
    (await user.countermark("run", "--", "true")).stderr,
    /^countermark: WARNING: NOT PROTECTED: .*until 20/,
  );
  const refused = await sign();
  assert.equal(refused.code, 64);
  assert.match(refused.stderr, /error\[USAGE\]: nothing is signed while refusals are switched off/);
  assert.ok(!existsSync(started));
  observeFor(8);
  assert.match((await user.countermark("run", "--", "true")).stderr, /error\[CONFIG_INVALID\]: .*more than a week/);
  observeFor(-1);
  const control = await sign();
  assert.doesNotMatch(control.stderr, /WARNING/);
  assert.ok(existsSync(started), control.stderr);
});
