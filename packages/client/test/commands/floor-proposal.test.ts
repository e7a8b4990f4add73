import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openFixtureIndex } from "../fixture/fixture-index.ts";
import { openSandbox } from "../fixture/sandbox.ts";

test("a run proposes the raised line once a ceremony was held, and is silent before and after", async () => {
  await using index = await openFixtureIndex();
  using user = openSandbox();
  assert.equal((await user.countermark("trust", index.url, "--root", index.fingerprint)).code, 0);
  const folder = join(user.folder, "clone");
  mkdirSync(join(folder, ".git"), { recursive: true });
  const keep = (floor: string) => {
    writeFileSync(join(folder, "countermark.toml"), `index = "${index.url}"\nfloor = "${floor}"\n`);
  };
  const run = async () => (await user.countermarkIn({ folder }, "run", "--", "true")).stderr;
  const { line, ceremony } = JSON.parse((await user.countermark("floor", "--json")).stdout) as {
    line: string;
    ceremony: number;
  };
  keep(line);
  assert.doesNotMatch(await run(), /ceremony was held/);
  index.repository.holdCeremony();
  await index.repository.publish();
  const proposed = /^floor = "(ceremony=\d+ root=.*)"$/m.exec(await run())?.[1] ?? "";
  assert.match(proposed, new RegExp(`^ceremony=${ceremony + 1} `));
  keep(proposed);
  assert.doesNotMatch(await run(), /ceremony was held/);
});
