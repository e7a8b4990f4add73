/*
 * Commands that change what is served are killed at every step of the database that they take. Whatever the step, what
 * pages show is what is signed, nothing is half done, and the next publisher, whoever it is, finishes or forgets.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { shardRole } from "@countermark/repository";
import { readSnapshot, readTargets } from "@countermark/tuf";
import { makeWheel } from "../../../../test/harness/distributions/distributions.ts";
import { Scope, scopeOf } from "../../../../test/harness/scope.ts";
import type { OpenIndex } from "../../src/data-folder.ts";
import { makePublisher } from "../../src/publisher/make.ts";
import { testIndex } from "../serving.ts";
import { startServer } from "./command.ts";

const PRELOAD = join(import.meta.dirname, "kill-at.mjs");
/** As shells count a process that SIGKILL ended. */
const KILLED = 137;
/** More than any of the commands takes. */
const MOST_STEPS = 30;
/** Accepting, publishing, sweeping: three transactions of four steps each. */
const LEAST_STEPS = 12;
const DAY = 24 * 60 * 60 * 1000;
const WHEELS = ["1.0", "2.0"].map((version) => makeWheel({ name: "flask", version }));

/** The first file of the page and of the signed list, which must agree; with the snapshot, too. */
async function present({ store }: OpenIndex): Promise<string> {
  const rows = (await store.filesOf("flask")).filter(({ deletedIn }) => deletedIn === undefined);
  const role = (await store.role(shardRole("unclaimed", rows[0]?.shard ?? ""))) ?? assert.fail();
  const signed = [...readTargets(role.bytes).signed.targets].map(
    ([path, { custom }]) => `${path.slice(path.lastIndexOf("/") + 1)} ${yankOf(custom?.get("yanked"))}`,
  );
  assert.deepEqual(rows.map(({ filename, yanked }) => `${filename} ${yankOf(yanked)}`).sort(), signed.sort());
  const snapshot = readSnapshot((await store.role("snapshot"))?.bytes ?? new Uint8Array()).signed;
  const listed = snapshot.meta.get(role.name);
  assert.deepEqual([listed?.version, listed?.hashes?.get("sha256")], [role.version, role.sha256]);
  return signed.join(", ");
}

function yankOf(value: unknown): string {
  return typeof value === "string" ? value : "not yanked";
}

async function killAtEveryStep(scope: Scope, command: readonly string[], isDone: (present: string) => boolean) {
  const outcomes = new Set<string>();
  for (let step = 1; step <= MOST_STEPS; step += 1) {
    const { data, index, ...on } = await testIndex(scope);
    // Days lie between the publications, so that the command has something to sweep.
    for (const [at, wheel] of WHEELS.entries()) {
      on.clock.now = Date.now() - (WHEELS.length - at) * 5 * DAY;
      await on.import([wheel]);
    }
    on.clock.now = Date.now();
    const running = startServer(scope, [...command, "--data", data], {
      preload: PRELOAD,
      settings: { KILL_AT: String(step) },
    });
    const { code, output } = await running.ended;
    const before = await present(index);
    const waiting = (await index.store.waiting(10)).length;
    await makePublisher(index, () => on.clock.now).run();
    const after = await present(index);
    assert.deepEqual(await index.store.waiting(10), [], "what was accepted is decided");
    assert.equal(isDone(after), isDone(before) || waiting > 0, `step ${step}: done exactly if it was accepted`);
    outcomes.add(`${isDone(before) ? "done" : "not done"}, ${waiting} waiting`);
    if (code !== KILLED) {
      assert.equal(code, 0, output);
      assert.ok(step > LEAST_STEPS, `it came to its end after ${step} steps`);
      assert.deepEqual([...outcomes].sort(), ["done, 0 waiting", "not done, 0 waiting", "not done, 1 waiting"]);
      return;
    }
  }
  assert.fail("it never came to its end");
}

test("a yank that is killed at any step is done or forgotten", async (t) => {
  const scope = scopeOf(t);
  const yank = ["yank", "flask", "--version", "1.0", "--reason", "broken"];
  await killAtEveryStep(scope, yank, (present) => present.includes("broken"));
});
