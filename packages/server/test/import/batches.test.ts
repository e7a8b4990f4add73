import assert from "node:assert/strict";
import { test } from "node:test";
import { Batches } from "../../src/import/batches.ts";

const tick = (): Promise<void> => new Promise(setImmediate);

test("every item is consumed once, in batches, also what comes while a batch is on its way", async () => {
  const consumed: number[][] = [];
  const batches = new Batches<number>(async (items) => {
    await tick();
    consumed.push([...items]);
  });
  const produce = async (from: number): Promise<void> => {
    for (let item = from; item < from + 400; item += 1) {
      await batches.add(item);
      if (item % 100 === 0) await tick();
    }
  };
  await batches.runWith([produce(0), produce(1000)]);
  const all = consumed.flat().sort((a, b) => a - b);
  assert.deepEqual(all, [...Array(400).keys(), ...Array.from({ length: 400 }, (_, index) => 1000 + index)]);
  assert.ok(consumed.length < 20, "batches, not single items");
});

test("nothing to produce is nothing to consume", async () => {
  let calls = 0;
  await new Batches(() => Promise.resolve(void (calls += 1))).runWith([]);
  assert.equal(calls, 0);
});

test("a consumer that fails ends the producers, and its error is the one that is told of", async () => {
  const batches = new Batches<number>(() => Promise.reject(new Error("disk full")));
  let produced = 0;
  const produce = async (): Promise<void> => {
    while (!batches.closed) {
      await batches.add((produced += 1));
      await tick();
    }
  };
  await assert.rejects(batches.runWith([produce(), produce()]), /disk full/);
});

test("producers that wait for room are let go when the consumer fails", async () => {
  const batches = new Batches<number>(async () => {
    for (let turn = 0; turn < 5; turn += 1) await tick();
    throw new Error("disk full");
  });
  const produce = async (): Promise<void> => {
    for (let item = 0; item < 5000; item += 1) await batches.add(item);
  };
  await assert.rejects(batches.runWith([produce()]), /disk full/);
});

test("when a producer fails, what was handed over is consumed, the others end, then the error is told of", async () => {
  const consumed: string[] = [];
  const batches = new Batches<string>((items) => Promise.resolve(void consumed.push(...items)));
  const failing = async (): Promise<void> => {
    await batches.add("staged before");
    throw new Error("staging failed");
  };
  let ended = false;
  const other = async (): Promise<void> => {
    while (!batches.closed) await tick();
    ended = true;
  };
  await assert.rejects(batches.runWith([failing(), other()]), /staging failed/);
  assert.deepEqual([consumed, ended], [["staged before"], true]);
});
