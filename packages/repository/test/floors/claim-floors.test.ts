import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import {
  claimFloorFields,
  listProject,
  projectRole,
  readClaimFloors,
  releaseRole,
  shardOf,
  shardRole,
  type LoadRole,
} from "@countermark/repository";
import { SimulatedCountermark } from "@countermark/testkit";
import { generateEd25519, jsonObject, type PlainJson } from "@countermark/tuf";
import { refusal } from "../refusal.ts";

const NOW = Date.parse("2026-06-01T00:00:00Z");
let repository: SimulatedCountermark;
let shard: string;
const load: LoadRole = (name) => Promise.resolve(repository.role(name));
const floors = (p: number, r: number): void =>
  repository.change(shard, {
    unknown: new Map([...repository.role(shard).unknown, ...claimFloorFields(new Map([["flask", { p, r }]]))]),
  });
beforeEach(async () => {
  repository = await SimulatedCountermark.create(NOW);
  repository.claim("flask", generateEd25519().signer, []);
  shard = shardRole("claimed", shardOf(repository.sharding, "flask"));
  repository.change(projectRole("flask"), { version: 3 });
  repository.change(releaseRole("flask"), { version: 5 });
});

test("roles at the floor or above it are taken", async () => {
  floors(3, 5);
  assert.equal((await listProject(load, "flask")).protection, "claimed");
  floors(1, 1);
  await listProject(load, "flask");
});

test("an owners' role from before the last ceremony is refused", async () => {
  floors(4, 5);
  await assert.rejects(listProject(load, "flask"), refusal("ROLE_FLOOR", /p\.flask has version 3, below the 4/));
});

test("a release role from before the last ceremony is refused", async () => {
  floors(3, 6);
  await assert.rejects(listProject(load, "flask"), refusal("ROLE_FLOOR", /r\.flask has version 5, below the 6/));
});

const wrong: Record<string, PlainJson> = {
  "that is a list": [],
  "of a project that is not claimed": { rich: { p: 1, r: 1 } },
  "without r": { flask: { p: 1 } },
  "of version 0": { flask: { p: 0, r: 1 } },
  "that is text": { flask: "3" },
};
for (const [what, value] of Object.entries(wrong)) {
  test(`a floor ${what} is refused`, () => {
    const role = { ...repository.role(shard), unknown: jsonObject({ "x-countermark-floor": value }) };
    assert.throws(() => readClaimFloors(role, shard), refusal("ROLE_SHAPE"));
  });
}
