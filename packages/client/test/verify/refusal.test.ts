import assert from "node:assert/strict";
import { test } from "node:test";
import { claimFloorFields, RepositoryError, shardOf, shardRole } from "@countermark/repository";
import { generateEd25519 } from "@countermark/tuf";
import { makeWheel } from "../../../../test/harness/distributions/distributions.ts";
import { ClientError } from "../../src/errors.ts";
import { asRefusal } from "../../src/verify/refusal.ts";
import { openFixtureIndex } from "../fixture/fixture-index.ts";
import { makeVisitor, refused } from "../fixture/visitor.ts";

test("a developer's role below what the last ceremony saw is refused as a rollback, not as a mistake of ours", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const { repository } = index;
  const { filename, bytes } = makeWheel({ name: "alphapkg", version: "1.0" });
  repository.claim("alphapkg", generateEd25519().signer, [index.hold("alphapkg", filename, bytes)]);
  const shard = shardRole("claimed", shardOf(repository.sharding, "alphapkg"));
  const { unknown } = repository.role(shard);
  const floors = claimFloorFields(new Map([["alphapkg", { p: 1, r: 2 }]]));
  repository.change(shard, { unknown: new Map([...unknown, ...floors]) });
  await repository.publish();
  await refused((await visitor.visit()).listing("alphapkg"), "METADATA_ROLLBACK", /r\.alphapkg/);
});

test("each verdict of the repository has its own exit code; what no reader may meet stays a crash", () => {
  const coded = (code: RepositoryError["code"]) => asRefusal(new RepositoryError(code, "no"));
  const floor = coded("FLOOR_LINE");
  assert.ok(floor instanceof ClientError);
  assert.deepEqual([floor.code, floor.exitCode], ["CONFIG_INVALID", 65]);
  assert.ok(coded("CEREMONY") instanceof RepositoryError);
});
