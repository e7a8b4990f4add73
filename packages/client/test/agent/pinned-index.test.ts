import assert from "node:assert/strict";
import { test } from "node:test";
import {
  PinnedIndex,
  QUIET_MS,
  REFRESH_AFTER_MS,
  REFRESH_AT_LATEST_MS,
  shouldRefresh,
} from "../../src/agent/pinned-index.ts";
import { openFixtureIndex } from "../fixture/fixture-index.ts";
import { makeVisitor, refused } from "../fixture/visitor.ts";

test("a snapshot is replaced between two resolves, in the middle of one only when it takes very long", () => {
  assert.equal(shouldRefresh(REFRESH_AFTER_MS - 1, QUIET_MS), false);
  assert.equal(shouldRefresh(REFRESH_AFTER_MS, QUIET_MS - 1), false);
  assert.equal(shouldRefresh(REFRESH_AFTER_MS, QUIET_MS), true);
  assert.equal(shouldRefresh(REFRESH_AT_LATEST_MS, 0), true);
  assert.equal(shouldRefresh(-1, 0), true);
});

test("a long-running door sees what is new, keeps what it has while the index is out, and stops when that expires", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  await index.release({ name: "alphapkg", version: "1.0" });
  const pinned = new PinnedIndex(visitor.ports, await visitor.visit(), visitor.now);
  await index.release({ name: "alphapkg", version: "2.0" });
  const files = async (now: number) =>
    (await pinned.at(now).project("alphapkg"))?.files.map(({ filename }) => filename);

  await pinned.refresh(visitor.now + 1, 0);
  assert.deepEqual(await files(visitor.now), ["alphapkg-1.0-py3-none-any.whl"]);
  await pinned.refresh(visitor.now + REFRESH_AFTER_MS, 0);
  assert.deepEqual(await files(visitor.now), ["alphapkg-2.0-py3-none-any.whl"]);

  index.repository.files.delete("timestamp.json");
  await refused(pinned.refresh(visitor.now + 2 * REFRESH_AFTER_MS, 0), "INDEX_INCOMPLETE", /timestamp/);
  assert.deepEqual(await files(visitor.now), ["alphapkg-2.0-py3-none-any.whl"]);
  const end = pinned.at(visitor.now).freshUntil;
  assert.throws(() => pinned.at(end), { code: "METADATA_EXPIRED" });
});
