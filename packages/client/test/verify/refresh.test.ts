import assert from "node:assert/strict";
import { test } from "node:test";
import {
  generateEd25519,
  makeTargets,
  readSnapshot,
  readTimestamp,
  type FileMeta,
  type Signer,
} from "@countermark/tuf";
import { CLOCK_TOLERANCE_MS } from "../../src/verify/clock.ts";
import { MAX_ROOT_STEPS } from "../../src/verify/refresh.ts";
import { openFixtureIndex, type FixtureIndex } from "../fixture/fixture-index.ts";
import { makeVisitor, refused, type Visitor } from "../fixture/visitor.ts";

const DAY = 24 * 60 * 60 * 1000;

/** Gives the online roles of the next root a new key each, as after a theft. */
async function turnOnlineKeys({ repository }: FixtureIndex): Promise<void> {
  const roles = new Map(repository.root.roles);
  const keys = new Map(repository.root.keys);
  for (const role of ["timestamp", "snapshot"] as const) {
    const { signer } = generateEd25519();
    keys.set(signer.publicKey.keyId, signer.publicKey);
    roles.set(role, { keyIds: [signer.publicKey.keyId], threshold: 1, unknown: new Map() });
    repository.signers.set(role, [signer]);
  }
  await repository.publishRoot({ ...repository.root, version: repository.root.version + 1, keys, roles });
}

function trustedVersions({ ports }: Visitor): { timestamp: number | undefined; snapshot: number | undefined } {
  const { timestamp, snapshot } = ports.store.trusted(ports.repository.id);
  return {
    timestamp: timestamp && readTimestamp(timestamp).signed.version,
    snapshot: snapshot && readSnapshot(snapshot).signed.version,
  };
}

test("5.3: roots are walked one by one, and each that verified is kept even when the next one is refused", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const { repository } = index;
  await repository.publishRoot({ ...repository.root, version: 2 });
  const stranger: Signer = generateEd25519().signer;
  await repository.publishRoot({ ...repository.root, version: 3 }, [stranger]);
  await refused(visitor.visit(), "METADATA_SIGNATURE", /root/);
  repository.files.delete("3.root.json");
  index.requests.length = 0;
  assert.equal((await visitor.visit()).set.root.signed.version, 2);
  assert.ok(!index.requests.includes("tuf/2.root.json"), "the walk begins behind the last root that verified");
});

test("5.3.3: no more than so many roots are walked in one update", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const { repository } = index;
  for (let version = 2; version <= MAX_ROOT_STEPS + 2; version += 1) {
    await repository.publishRoot({ ...repository.root, version });
  }
  await refused(visitor.visit(), "INDEX_ANSWER", /more than 1024 new roots/);
  assert.equal(
    (await visitor.visit()).set.root.signed.version,
    MAX_ROOT_STEPS + 2,
    "the next update goes on from there",
  );
});

test("5.4.3: a timestamp older than the last one is refused, and the last one stays", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const old = index.repository.file("timestamp.json");
  await index.repository.publish();
  await visitor.visit();
  index.repository.files.set("timestamp.json", old);
  await refused(visitor.visit(), "METADATA_ROLLBACK", /timestamp has version 1, below the trusted 2/);
  assert.deepEqual(trustedVersions(visitor), { timestamp: 2, snapshot: 2 });
});

test("5.4.4: an expired timestamp is refused and not kept, and whoever sends it is told apart from an outage", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  await index.repository.publish({ timestampExpires: visitor.now });
  await refused(visitor.visit(), "METADATA_EXPIRED", /timestamp expired/);
  assert.deepEqual(trustedVersions(visitor), { timestamp: undefined, snapshot: undefined });
});

test("a frozen index is noticed when its timestamp expires", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  await visitor.visit();
  visitor.now += 15 * DAY;
  await refused(visitor.visit(), "METADATA_EXPIRED", /timestamp expired/);
});

test("5.5.2: a snapshot mixed in from another time is refused", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const old = index.repository.file("1.snapshot.json");
  await index.release({ name: "alphapkg", version: "1.0" });
  index.repository.files.set("2.snapshot.json", old);
  await refused(visitor.visit(), "METADATA_MISMATCH", /snapshot/);
  assert.deepEqual(trustedVersions(visitor), { timestamp: 2, snapshot: undefined });
});

test("5.5.5: a snapshot in which a role falls back, or from which one vanishes, is refused", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  await index.release({ name: "alphapkg", version: "1.0" });
  await visitor.visit();
  const { repository } = index;
  await repository.publish({ meta: (meta) => meta.set("targets", { version: 1, unknown: new Map() }) });
  await visitor.visit();
  const lower = (name: string) => (meta: Map<string, FileMeta>) => {
    meta.set(name, { version: 1, unknown: new Map() });
    return meta;
  };
  const bin = [...repository.roles].find(([, role]) => role.version === 2)?.[0] ?? assert.fail();
  await repository.publish({ meta: lower(bin) });
  await refused(visitor.visit(), "METADATA_ROLLBACK", /snapshot lists unclaimed\.. version 1, below the trusted 2/);
  await repository.publish({
    meta: (meta) => {
      meta.delete(bin);
      return meta;
    },
  });
  await refused(visitor.visit(), "METADATA_ROLE", /no longer lists unclaimed/);
});

test("metadata that too few of the right keys signed is refused", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  index.repository.signers.set("timestamp", [generateEd25519().signer]);
  await index.repository.publish();
  await refused(visitor.visit(), "METADATA_SIGNATURE", /timestamp is signed by 0 of the 1 keys it needs/);
});

for (const [what, bytes] of [
  ["16,000 open brackets", Buffer.alloc(16_000, "[")],
  ["nothing", Buffer.alloc(0)],
  ["a page of HTML", Buffer.from("<!doctype html><title>Log in</title>")],
  ["JSON of another kind", Buffer.from('{"signed":{"_type":"snapshot"},"signatures":[]}')],
] as const) {
  test(`${what} in place of a timestamp is malformed, not a crash`, async () => {
    await using index = await openFixtureIndex();
    await using visitor = await makeVisitor(index);
    index.repository.files.set("timestamp.json", bytes);
    await refused(visitor.visit(), "METADATA_MALFORMED", /timestamp/);
  });
}

test("5.3.11: a version pushed far ahead with stolen online keys is forgotten when root turns them", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const { repository } = index;
  await repository.publish({ snapshotVersion: 1_000_000, timestampVersion: 1_000_000 });
  await visitor.visit();
  await turnOnlineKeys(index);
  await repository.publish({ snapshotVersion: 2, timestampVersion: 2 });
  assert.equal((await visitor.visit()).set.snapshot?.signed.version, 2);
  assert.deepEqual(trustedVersions(visitor), { timestamp: 2, snapshot: 2 });
});

test("a turn of online keys does not let what people signed fall back", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const { repository } = index;
  const old = repository.role("claimed");
  repository.change("claimed", {});
  await repository.publish();
  await (await visitor.visit()).listing("alphapkg");
  await turnOnlineKeys(index);
  repository.add("claimed", makeTargets({ ...old }), [repository.keys.targets]);
  await repository.publish();
  const after = await visitor.visit();
  await refused(after.listing("alphapkg"), "METADATA_ROLLBACK", /snapshot lists claimed version 1, below the 2/);
});

test("a turn of root's own keys forgets nothing", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const { repository } = index;
  const old = repository.file("timestamp.json");
  await repository.publish();
  await visitor.visit();
  await repository.publishRoot({ ...repository.root, version: 2 });
  repository.files.set("timestamp.json", old);
  await refused(visitor.visit(), "METADATA_ROLLBACK", /timestamp/);
});

test("a clock that was set back far is refused; a correction of minutes judges at the later time", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const start = visitor.now;
  await visitor.visit();
  visitor.now = start - CLOCK_TOLERANCE_MS;
  assert.equal((await visitor.visit()).set.referenceTime, start);
  visitor.now = start - CLOCK_TOLERANCE_MS - 1;
  await refused(visitor.visit(), "CLOCK_BEHIND", /clock/);
});

test("an update that was refused does not move the trusted time: a clock far ahead locks nobody out", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const start = visitor.now;
  visitor.now = start + 1000 * DAY;
  await refused(visitor.visit(), "METADATA_EXPIRED", /expired/);
  visitor.now = start;
  await visitor.visit();
});

test("an index that answers nothing is an outage, one without a timestamp is broken", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  index.repository.files.delete("timestamp.json");
  await refused(visitor.visit(), "INDEX_INCOMPLETE", /timestamp\.json is not there/);
  index.meddler = (_path, request) => {
    request.socket.destroy();
    return true;
  };
  await refused(visitor.visit(), "INDEX_UNREACHABLE", /cannot fetch/);
});

for (const role of ["timestamp", "snapshot"] as const) {
  test(`an own ${role} that cannot be read is told, not dropped: rollback would go unnoticed`, async () => {
    await using index = await openFixtureIndex();
    await using visitor = await makeVisitor(index);
    await visitor.visit();
    const { store, repository } = visitor.ports;
    const broken = { version: 99, bytes: Buffer.from('{"signed":{"_type":"other"},"signatures":[]}') };
    if (role === "timestamp") store.advanceTimestamp(repository.id, 1, broken, 0);
    else store.advanceSnapshot(repository.id, 1, broken);
    await refused(
      visitor.visit(),
      "STATE_UNUSABLE",
      new RegExp(`^the ${role} of .* in the trusted state cannot be read`),
    );
    assert.equal(
      store.trusted(repository.id)[role]?.length,
      broken.bytes.length,
      "and stays for whoever looks into it",
    );
  });
}
