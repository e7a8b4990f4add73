/*
 * `import` is killed at moments that nobody chose, again and again. What it told of as published must be there for a client
 * that starts from the pinned root, and running it again must bring in the rest.
 */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { countermarkServer } from "../harness/commands.ts";
import { writeDistributions } from "../harness/distributions/distributions.ts";
import { initIndex, serve } from "../harness/index-server.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";
import {
  acknowledged,
  assertInstallable,
  killAfter,
  killAfterTelling,
  makeWheels,
  momentOf,
  whileServing,
} from "./kill.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const KILLS = 8;
const EACH_TIME = 15;
const wheels = makeWheels(KILLS * EACH_TIME);
/** From the moment when an import has told of all that it knows, it takes about so long to publish what is new. */
const LATEST_MS = 250;
const all = writeDistributions(join(sandbox.folder, "all"), [...wheels.values()]);
const upTo = (limit: number): number => Math.floor(Math.random() * limit);

function importing(data: string, folder: string) {
  return sandbox.start(countermarkServer, ["import", "--data", data, "--json", folder]);
}

test("an import that is killed again and again loses nothing that it told of, and comes to its end", async () => {
  const index = await initIndex(sandbox, "killed-import");
  const folder = join(sandbox.folder, "growing");
  const told = new Set<string>();
  let kills = 0;
  for (let round = 0; round < KILLS; round += 1) {
    writeDistributions(folder, [...wheels.values()].slice(0, (round + 1) * EACH_TIME));
    const moment = momentOf(round, KILLS, LATEST_MS);
    const ending = await killAfterTelling(importing(index.data, folder), told.size, moment);
    if (ending.killed) kills += 1;
    else assert.equal(ending.code, 0, ending.output);
    for (const filename of acknowledged(ending)) told.add(filename);
    await whileServing(sandbox, index, (url) => assertInstallable(sandbox, url, wheels, [...told]));
  }
  assert.notEqual(kills, 0, "every import came to its end before it was killed");

  const last = await importing(index.data, folder).ended;
  assert.equal(last.code, 0, last.output);
  assert.deepEqual(acknowledged(last).sort(), [...wheels.keys()].sort());
  await whileServing(sandbox, index, (url) => assertInstallable(sandbox, url, wheels, [...wheels.keys()]));
  assert.deepEqual(leftOver(index.data), []);
});

test("an index that is killed while an import publishes goes on, and so does the import", async () => {
  const index = await initIndex(sandbox, "killed-serve");
  const { url, process } = await serve(sandbox, index);
  const port = Number(new URL(url).port);
  let serving = process;
  const running = importing(index.data, all);
  for (let round = 0; round < KILLS && running.isRunning(); round += 1) {
    await killAfter(serving, upTo(1_000));
    serving = (await serve(sandbox, index, port)).process;
  }
  const ending = await running.ended;
  assert.equal(ending.code, 0, ending.output);
  assert.deepEqual(acknowledged(ending).sort(), [...wheels.keys()].sort());
  await assertInstallable(sandbox, url, wheels, [...wheels.keys()]);
  await serving.stop();
});

test("two imports of the same folder at once, one of them killed, bring in each file once", async () => {
  const index = await initIndex(sandbox, "two-imports");
  const [first, second] = [importing(index.data, all), importing(index.data, all)];
  const killed = await killAfterTelling(first, upTo(wheels.size), upTo(LATEST_MS));
  const ending = await second.ended;
  assert.equal(ending.code, 0, ending.output);
  assert.deepEqual(acknowledged(ending).sort(), [...wheels.keys()].sort());
  await whileServing(sandbox, index, (url) => assertInstallable(sandbox, url, wheels, acknowledged(killed)));
});

/** Files that a killed writer left half-written. */
function leftOver(data: string): string[] {
  return readdirSync(data, { recursive: true, encoding: "utf8" }).filter((path) => /\.(part|tmp)$/.test(path));
}
