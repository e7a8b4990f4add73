/*
 * `serve` signs anew what is due before its first answer. Killed while it does, it must not have promised anything that the
 * next start takes back: a client that comes again reads on, and a new one reads everything.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { countermarkServer } from "../harness/commands.ts";
import { clockShiftedBy, DAY_MS } from "../harness/clock.ts";
import { importFiles, initIndex, serve } from "../harness/index-server.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";
import { download, newTufClient, pythonTuf } from "../harness/tuf-clients.ts";
import { assertInstallable, killAfter, makeWheels, targetsOf } from "./kill.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const ROUNDS = 4;
const KILLS_PER_ROUND = 2;
/** After so long every role that the index signs is due. */
const IDLE_DAYS = 10;

test("an index that is killed while it renews its roles goes on where it was", async () => {
  const wheels = makeWheels(30);
  const index = await initIndex(sandbox);
  await importFiles(sandbox, index, [...wheels.values()]);
  const first = await serve(sandbox, index);
  const returning = await newTufClient(sandbox, pythonTuf, first.url);
  await first.process.stop();

  const targets = targetsOf(wheels, [...wheels.keys()]);
  let renewing = 1_000;
  let kills = 0;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const settings = clockShiftedBy(round * IDLE_DAYS * DAY_MS);
    for (let kill = 0; kill < KILLS_PER_ROUND; kill += 1) {
      const started = sandbox.start(countermarkServer, ["serve", "--data", index.data, "--port", "0"], { settings });
      if ((await killAfter(started, Math.random() * renewing)).killed) kills += 1;
    }
    const started = performance.now();
    const { url, process } = await serve(sandbox, index, 0, { settings });
    renewing = performance.now() - started;
    await assertInstallable(sandbox, url, wheels, [...wheels.keys()]);
    assert.deepEqual(
      await download(
        sandbox,
        pythonTuf,
        returning,
        url,
        targets.map(({ target }) => target),
      ),
      targets,
    );
    await process.stop();
  }
  assert.equal(kills, ROUNDS * KILLS_PER_ROUND);
});
