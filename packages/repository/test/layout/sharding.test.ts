import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { makeSharding, projectHash, shardOf, shardRole } from "@countermark/repository";
import { matchesPattern } from "@countermark/tuf";
import { shardPattern } from "../../src/layout/sharding.ts";
import { refusal } from "../refusal.ts";

for (const count of [16, 256, 4096, 65_536]) {
  test(`${String(count)} shards have names of equal length, in order`, () => {
    const { shards, digits } = makeSharding(count);
    assert.equal(shards.length, count);
    assert.ok(shards.every((shard) => shard.length === digits));
    assert.deepEqual(shards, [...shards].sort());
  });
}

for (const count of [0, -16, 1, 15, 17, 255, 1_048_576, 256.5, Number.NaN, Infinity]) {
  test(`${String(count)} is no number of shards`, () => {
    assert.throws(() => makeSharding(count), refusal("SHARDING"));
  });
}

test("a project's path matches the pattern of its own shard and of no other", () => {
  const sharding = makeSharding(16);
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9]{1,12}$/), (project) => {
      const path = `${projectHash(project)}/${project}/x.tar.gz`;
      const matching = sharding.shards.filter((shard) => matchesPattern(shardPattern(shard), path));
      assert.deepEqual(matching, [shardOf(sharding, project)]);
    }),
  );
});

test("a shard's role is its role's name, a dot and the shard", () => {
  assert.equal(shardRole("recently-claimed", "3f"), "recently-claimed.3f");
});
