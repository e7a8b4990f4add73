import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import {
  listProject,
  projectRole,
  releaseRole,
  requireInstallable,
  shardOf,
  shardRole,
  statusContent,
  NO_WITHDRAWALS,
  type LoadRole,
  type ProjectListing,
  type ReleaseFile,
  type StatusShard,
} from "@countermark/repository";
import { SimulatedCountermark } from "@countermark/testkit";
import { generateEd25519, jsonObject, makeTargets } from "@countermark/tuf";
import { refusal } from "../refusal.ts";

const NOW = Date.parse("2026-06-01T00:00:00Z");
const owner = generateEd25519().signer;
const file = (filename: string, sha = "ab"): ReleaseFile => ({
  filename,
  sha256: sha.repeat(32),
  length: 9,
  uploadTime: NOW,
});

let repository: SimulatedCountermark;
let loaded: string[];
beforeEach(async () => {
  repository = await SimulatedCountermark.create(NOW);
  loaded = [];
});
const load: LoadRole = (name, delegator) => {
  loaded.push(`${delegator}>${name}`);
  return Promise.resolve(repository.role(name));
};
const list = (project: string): Promise<ProjectListing> => listProject(load, project);
const names = (listing: ProjectListing): string[] => listing.files.map(({ filename }) => filename);
const withdraw = (project: string, change: Partial<StatusShard>): void => {
  const name = shardRole("status", shardOf(repository.sharding, project));
  repository.change(name, statusContent({ ...NO_WITHDRAWALS, ...change }));
};

test("an unclaimed project is the entries of its shard, and of no other project there", async () => {
  repository.listUnclaimed("flask", [file("flask-1.0.tar.gz"), file("flask-2.0.tar.gz")]);
  repository.listUnclaimed("rich", [file("rich-1.0.tar.gz")]);
  const listing = await list("flask");
  assert.deepEqual(names(listing), ["flask-1.0.tar.gz", "flask-2.0.tar.gz"]);
  assert.equal(listing.protection, "unclaimed");
  assert.deepEqual(listing.chain, [
    "targets",
    "unclaimed",
    shardRole("unclaimed", shardOf(repository.sharding, "flask")),
  ]);
});

test("a project that nobody lists is verified to be absent, after every role was asked", async () => {
  const listing = await list("flask");
  assert.equal(listing.exists, false);
  for (const kind of ["status", "claimed", "sealed", "recently-claimed", "unclaimed"] as const) {
    assert.ok(loaded.includes(`${kind}>${shardRole(kind, shardOf(repository.sharding, "flask"))}`), kind);
  }
});

test("a claim is the whole list: what the index adds in unclaimed is not seen", async () => {
  repository.claim("flask", owner, [file("flask-1.0.tar.gz")]);
  repository.listUnclaimed("flask", [file("flask-9.0.tar.gz")]);
  const listing = await list("flask");
  assert.deepEqual(names(listing), ["flask-1.0.tar.gz"]);
  assert.equal(listing.protection, "claimed");
  assert.deepEqual(listing.chain.slice(-2), [projectRole("flask"), releaseRole("flask")]);
});

test("claimed goes before sealed, sealed before recently-claimed, that before unclaimed", async () => {
  repository.listUnclaimed("flask", [file("flask-4.0.tar.gz")]);
  assert.equal((await list("flask")).protection, "unclaimed");
  repository.claim("flask", owner, [file("flask-3.0.tar.gz")], "recently-claimed");
  assert.deepEqual(names(await list("flask")), ["flask-3.0.tar.gz"]);
  repository.seal("flask", [file("flask-2.0.tar.gz")]);
  assert.deepEqual(names(await list("flask")), ["flask-2.0.tar.gz"]);
  repository.claim("flask", owner, [file("flask-1.0.tar.gz")]);
  assert.deepEqual(names(await list("flask")), ["flask-1.0.tar.gz"]);
});

test("a seal covers its own projects only, not others of its shard", async () => {
  const twin = projectOfSameShard("flask");
  repository.seal("flask", [file("flask-1.0.tar.gz")]);
  repository.listUnclaimed(twin, [file(`${twin}-1.0.tar.gz`)]);
  assert.equal((await list(twin)).protection, "unclaimed");
  assert.equal((await list("flask")).protection, "sealed");
});

function projectOfSameShard(project: string): string {
  const shard = shardOf(repository.sharding, project);
  for (let n = 0; ; n += 1) if (shardOf(repository.sharding, `twin${n}`) === shard) return `twin${n}`;
}

test("a claimed project whose owners let nobody release is an empty page that exists", async () => {
  repository.claim("flask", owner, []);
  repository.change(projectRole("flask"), makeTargets({ version: 2, expires: NOW }));
  const listing = await list("flask");
  assert.deepEqual([listing.exists, names(listing), listing.protection], [true, [], "claimed"]);
});

for (const missing of ["status", "claimed", "sealed", "recently-claimed", "unclaimed"] as const) {
  test(`without its shard of ${missing} a project is refused, never the next role`, async () => {
    repository.listUnclaimed("flask", [file("flask-1.0.tar.gz")]);
    const hidden = shardRole(missing, shardOf(repository.sharding, "flask"));
    const failing: LoadRole = (name, delegator) =>
      name === hidden ? Promise.reject(new Error("not there")) : load(name, delegator);
    await assert.rejects(listProject(failing, "flask"), /not there/);
  });
}

for (const missing of [projectRole, releaseRole]) {
  test(`without ${missing("flask")} a claimed project is refused, never the next role`, async () => {
    repository.claim("flask", owner, [file("flask-1.0.tar.gz")]);
    repository.listUnclaimed("flask", [file("flask-9.0.tar.gz")]);
    const failing: LoadRole = (name, delegator) =>
      name === missing("flask") ? Promise.reject(new Error("not there")) : load(name, delegator);
    await assert.rejects(listProject(failing, "flask"), /not there/);
  });
}

test("a withdrawn file and a withdrawn release are left out, with the reason", async () => {
  repository.listUnclaimed("flask", [
    file("flask-1.0.tar.gz", "01"),
    file("flask-2.0.tar.gz", "02"),
    file("flask-3.0.tar.gz", "03"),
  ]);
  withdraw("flask", {
    files: new Map([["01".repeat(32), "malware"]]),
    releases: new Map([["flask", new Map([["2", "stolen"]])]]),
  });
  const listing = await list("flask");
  assert.deepEqual(names(listing), ["flask-3.0.tar.gz"]);
  assert.deepEqual(listing.withdrawn, [
    { filename: "flask-1.0.tar.gz", reason: "malware" },
    { filename: "flask-2.0.tar.gz", reason: "stolen" },
  ]);
});

test("a withdrawn or quarantined project is refused, an archived one is not", async () => {
  repository.listUnclaimed("flask", [file("flask-1.0.tar.gz")]);
  requireInstallable(await list("flask"));
  withdraw("flask", { states: new Map([["flask", { status: "archived", reason: "" }]]) });
  requireInstallable(await list("flask"));
  withdraw("flask", { states: new Map([["flask", { status: "quarantined", reason: "looked at" }]]) });
  const quarantined = await list("flask");
  assert.throws(
    () => {
      requireInstallable(quarantined);
    },
    refusal("PROJECT_REFUSED", /quarantined by the index: looked at/),
  );
  withdraw("flask", { projects: new Map([["flask", ""]]) });
  const withdrawn = await list("flask");
  assert.throws(
    () => {
      requireInstallable(withdrawn);
    },
    refusal("PROJECT_REFUSED", /withdrawn/),
  );
});

test("a layout newer than this program is refused with the advice to update", async () => {
  repository.change("targets", {
    unknown: new Map([...repository.role("targets").unknown, ...jsonObject({ "x-countermark-layout": 2 })]),
  });
  await assert.rejects(list("flask"), refusal("LAYOUT_TOO_NEW", /update/));
});
