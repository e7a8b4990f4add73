import assert from "node:assert/strict";
import { test } from "node:test";
import {
  contentOf,
  describeRoleFile,
  dueRoles,
  firstCeremony,
  PROFILES,
  publish,
  unclaimedBin,
  type PublishedState,
  type RoleFile,
} from "@countermark/repository";
import { generateEd25519, readSnapshot, readTargets, readTimestamp, TrustedSet, type Signer } from "@countermark/tuf";
import { refusal } from "../refusal.ts";

const NOW = Date.parse("2026-06-01T00:00:00Z");
const DAY = 24 * 60 * 60 * 1000;
const signer = (): Signer => generateEd25519().signer;
const one = () => ({ signers: [signer()], threshold: 1 });
const signers = {
  snapshot: signer(),
  timestamp: signer(),
  status: signer(),
  recentlyClaimed: signer(),
  unclaimed: signer(),
};
const lifetimes = PROFILES.default;
const first = await firstCeremony({
  offline: { root: one(), targets: one(), shards: one() },
  online: signers,
  lifetimes,
  shards: 16,
  now: NOW,
});
const state: PublishedState = {
  roles: new Map(first.roles.map((file) => [file.name, file])),
  snapshotVersion: 1,
  timestampVersion: 1,
};
const file = { filename: "flask-1.0.tar.gz", sha256: "ab".repeat(32), length: 9, uploadTime: NOW };
const input = { state, signers, lifetimes, now: NOW + DAY };

test("a publication raises the touched role, snapshot and timestamp by one and leaves the rest", async () => {
  const contents = new Map([["unclaimed.0", unclaimedBin([["flask", file]])]]);
  const { roles, snapshot, timestamp } = await publish({ ...input, contents, signed: [] });
  assert.deepEqual(
    roles.map(({ name, version }) => [name, version]),
    [["unclaimed.0", 2]],
  );
  const listed = readSnapshot(snapshot.bytes).signed;
  assert.equal(listed.version, 2);
  assert.equal(listed.meta.get("unclaimed.0")?.version, 2);
  assert.equal(listed.meta.get("unclaimed.1")?.version, 1);
  assert.equal(listed.meta.size, state.roles.size);
  assert.equal(readTimestamp(timestamp.bytes).signed.snapshot.length, snapshot.length);
});

test("a client that knew the state before accepts the publication", async () => {
  const contents = new Map([["unclaimed.0", unclaimedBin([["flask", file]])]]);
  const { snapshot, timestamp } = await publish({ ...input, contents, signed: [] });
  const trusted = TrustedSet.open(first.root.bytes, NOW + DAY);
  trusted.updateTimestamp(first.timestamp.bytes);
  trusted.updateSnapshot(first.snapshot.bytes);
  const later = TrustedSet.open(first.root.bytes, NOW + DAY);
  later.updateTimestamp(timestamp.bytes);
  later.updateSnapshot(snapshot.bytes);
});

for (const name of ["claimed", "claimed.0", "sealed.0", "unclaimed", "targets", "p.flask", "r.flask"]) {
  test(`the index may not sign ${name}`, async () => {
    const contents = new Map([[name, unclaimedBin([])]]);
    await assert.rejects(publish({ ...input, contents, signed: [] }), refusal("PUBLICATION", /may not sign/));
  });
}

test("developers' roles stand in snapshot with version and length, without a hash", async () => {
  const p = describeRoleFile("p.flask", 1, NOW, new Uint8Array(5));
  const { snapshot } = await publish({ ...input, contents: new Map(), signed: [p] });
  const meta = readSnapshot(snapshot.bytes).signed.meta.get("p.flask");
  assert.deepEqual([meta?.version, meta?.length, meta?.hashes], [1, 5, undefined]);
});

for (const version of [0, 1, 3]) {
  test(`a role of version 1 does not go to version ${version}`, async () => {
    const present = state.roles.get("claimed.0") ?? assert.fail();
    const signed: RoleFile[] = [{ ...(present as RoleFile), version }];
    await assert.rejects(publish({ ...input, contents: new Map(), signed }), refusal("PUBLICATION", /exactly one/));
  });
}

test("online roles are due at half of their life, offline ones never", () => {
  const names = (now: number): ReadonlySet<string> => new Set(dueRoles(state.roles.values(), lifetimes, now));
  assert.equal(names(NOW + 6 * DAY).size, 0);
  const due = names(NOW + 8 * DAY);
  assert.equal(due.size, 2 + 3 * 16);
  assert.ok(!due.has("unclaimed") && !due.has("claimed.0") && due.has("unclaimed.0") && due.has("status"));
});

test("a role signed anew says what it said", async () => {
  const contents = new Map([["unclaimed.0", unclaimedBin([["flask", file]])]]);
  const [published] = (await publish({ ...input, contents, signed: [] })).roles;
  assert.ok(published);
  const roles = new Map([...state.roles, [published.name, published]]);
  const again = await publish({
    ...input,
    state: { ...state, roles },
    contents: new Map([["unclaimed.0", contentOf(published, published.bytes, signers)]]),
    signed: [],
  });
  const [renewed] = again.roles;
  assert.equal(renewed?.version, 3);
  assert.deepEqual([...readTargets(renewed.bytes).signed.targets], [...readTargets(published.bytes).signed.targets]);
});

test("a role that the index's own key has not signed, or as another version, is not signed anew", async () => {
  const contents = new Map([["unclaimed.0", unclaimedBin([["flask", file]])]]);
  const [published] = (await publish({ ...input, contents, signed: [] })).roles;
  assert.ok(published);
  const others = { ...signers, unclaimed: signers.status };
  assert.throws(() => contentOf(published, published.bytes, others), { code: "TUF_SIGNATURE" });
  assert.throws(() => contentOf({ ...published, version: 3 }, published.bytes, signers), refusal("PUBLICATION"));
  assert.throws(() => contentOf({ ...published, name: "claimed.0" }, published.bytes, signers), refusal("PUBLICATION"));
});
