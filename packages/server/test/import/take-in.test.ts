import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeSharding } from "@countermark/repository";
import { makeWheel, sha256 } from "../../../../test/harness/distributions/distributions.ts";
import { chunksOf } from "../../src/import/local-file.ts";
import { takeIn } from "../../src/import/take-in.ts";
import { NOW, SHARDS } from "../fixtures.ts";
import { testIndex } from "../serving.ts";

const WHEEL = makeWheel({ name: "flask", version: "1.0" });

test("a known file whose blobs are gone or cut short is brought back by importing it again", async (t) => {
  const one = await testIndex(t);
  await one.import([WHEEL]);
  const row = (await one.index.store.file("flask", WHEEL.filename)) ?? assert.fail();
  const path = (digest: string): string => join(one.index.paths.blobs, digest.slice(0, 2), digest);
  const metadata = row.coreMetadata ?? assert.fail();
  const damages = [
    () => rmSync(path(row.sha256)),
    () => truncateSync(path(row.sha256), 10),
    () => rmSync(path(metadata)),
  ];
  for (const damage of damages) {
    damage();
    const [outcome] = await one.import([WHEEL]);
    assert.equal(outcome?.outcome, "known");
    const bytes = (await one.index.blobs.read(row.sha256)) ?? assert.fail("the wheel is still missing");
    assert.equal(sha256(bytes), row.sha256);
    assert.notEqual(await one.index.blobs.read(metadata), undefined);
  }
});

test("what became a pipe or a link after it was found is not read", async (t) => {
  const one = await testIndex(t);
  const from = join(one.folder, "swapped");
  mkdirSync(from);
  const outside = join(one.folder, WHEEL.filename);
  writeFileSync(outside, WHEEL.bytes);
  const path = join(from, WHEEL.filename);
  const intake = { ...one.index, sharding: makeSharding(SHARDS) };
  const candidate = { shown: WHEEL.filename, filename: WHEEL.filename, read: () => chunksOf(path) };
  for (const swap of [() => symlinkSync(outside, path), () => execFileSync("mkfifo", [path]), () => mkdirSync(path)]) {
    swap();
    await assert.rejects(takeIn(intake, candidate, NOW), { code: "FILE_UNREADABLE" });
    rmSync(path, { recursive: true });
  }
  writeFileSync(path, WHEEL.bytes);
  assert.equal((await takeIn(intake, candidate, NOW)).outcome, "new");
});
