import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openFixtureIndex } from "../fixture/fixture-index.ts";
import { openSandbox } from "../fixture/sandbox.ts";

/** Preloaded into a command, it lists every module that the command loads. */
const LISTING = `import { registerHooks } from "node:module";
import { appendFileSync } from "node:fs";
registerHooks({
  load(url, context, next) {
    appendFileSync(process.env.TEST_MODULES, url + "\\n");
    return next(url, context);
  },
});`;

test("a run whose command asks for nothing loads no reader of archives, no proxy client, and nothing that publishes", async () => {
  await using index = await openFixtureIndex();
  using user = openSandbox();
  assert.equal((await user.countermark("trust", index.url, "--root", index.fingerprint)).code, 0);
  const [hook, list] = [join(user.folder, "listing.mjs"), join(user.folder, "modules")];
  writeFileSync(hook, LISTING);
  const env = { NODE_OPTIONS: `--import=${hook}`, TEST_MODULES: list };
  const ran = await user.countermarkIn({ folder: user.folder, env }, "run", "--", "true");
  assert.equal(ran.code, 0, ran.stderr);
  const loaded = readFileSync(list, "utf8");
  assert.match(loaded, /client\/src\/gate\/gate\.ts/, "the control: what is loaded is seen");
  for (const needless of [
    /packaging\/src\/(archive|metadata|sdist\/inspect|upload)/,
    /repository\/src\/(publisher\/publish|ceremony\/first|index)/,
    /client\/src\/(prompt|publish|account|lock|doctor)\//,
    /node_modules\/(undici|smol-toml|@fastify)\//,
    /^node:https?$/m,
  ]) {
    assert.doesNotMatch(loaded, needless);
  }
});
