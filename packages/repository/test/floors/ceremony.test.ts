import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { listProject, sealedFilesRole, shardOf, shardRole, type LoadRole } from "@countermark/repository";
import { SimulatedCountermark } from "@countermark/testkit";
import { generateEd25519, jsonObject } from "@countermark/tuf";
import { refusal } from "../refusal.ts";

const NOW = Date.parse("2026-06-01T00:00:00Z");
const file = { filename: "six-1.0.tar.gz", sha256: "ab".repeat(32), length: 9, uploadTime: NOW };
let repository: SimulatedCountermark;
const load: LoadRole = (name) => Promise.resolve(repository.role(name));
beforeEach(async () => {
  repository = await SimulatedCountermark.create(NOW);
  repository.claim("flask", generateEd25519().signer, []);
  repository.seal("six", [file]);
});

const roles: Record<string, () => string> = {
  claimed: () => "claimed",
  "a shard of claimed": () => shardRole("claimed", shardOf(repository.sharding, "six")),
  sealed: () => "sealed",
  "a shard of sealed": () => shardRole("sealed", shardOf(repository.sharding, "six")),
  "the files of a sealed shard": () => sealedFilesRole(shardOf(repository.sharding, "six")),
};
for (const [what, name] of Object.entries(roles)) {
  for (const ceremony of [undefined, 0, 2, "1"]) {
    test(`${what} of ceremony ${String(ceremony)} beside targets of ceremony 1 is refused`, async () => {
      await listProject(load, "six");
      repository.change(name(), { unknown: jsonObject({ "x-countermark-ceremony": ceremony }) });
      await assert.rejects(listProject(load, "six"), refusal("ROLE_CEREMONY"));
    });
  }
}

test("an old unclaimed beside new targets is refused", async () => {
  repository.change("unclaimed", { unknown: new Map() });
  await assert.rejects(listProject(load, "numpy"), refusal("ROLE_CEREMONY"));
});

test("what the index and developers sign carries no ceremony", async () => {
  assert.equal((await listProject(load, "flask")).protection, "claimed");
});
