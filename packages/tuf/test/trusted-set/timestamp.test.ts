import assert from "node:assert/strict";
import { test } from "node:test";
import { signMetadata, TrustedSet } from "@countermark/tuf";
import { DAY, NOW, OFFLINE, refused, rootOf, sign, snapshotOf, timestampOf, utf8 } from "../support/repository.ts";

const root = await sign.root(rootOf());
const timestamp5 = await sign.timestamp(timestampOf(5, { version: 9 }));

function opened(): TrustedSet {
  return TrustedSet.open(root, NOW);
}

test("5.4: a signed, unexpired timestamp is trusted", () => {
  const set = opened();
  const before = set.timestamp;
  assert.equal(before, undefined);
  const trusted = set.updateTimestamp(timestamp5);
  assert.equal(set.timestamp, trusted);
  assert.equal(trusted.signed.snapshot.version, 9);
});

test("5.4.2: a timestamp signed by another role's key is refused and not kept", async () => {
  const set = opened();
  const stray = await signMetadata(timestampOf(6, { version: 9 }), [OFFLINE]);
  refused(() => set.updateTimestamp(stray), "TUF_SIGNATURE", /timestamp is signed by 0 of the 1/, "timestamp");
  const refusedAtFirst = set.timestamp;
  assert.equal(refusedAtFirst, undefined);
  set.updateTimestamp(timestamp5);
  refused(() => set.updateTimestamp(stray), "TUF_SIGNATURE", /0 of the 1/, "timestamp");
  assert.equal(set.timestamp?.signed.version, 5);
});

test("5.4.3.1: an older timestamp is refused (rollback)", async () => {
  const set = opened();
  set.updateTimestamp(timestamp5);
  const older = await sign.timestamp(timestampOf(4, { version: 9 }));
  refused(() => set.updateTimestamp(older), "TUF_VERSION", /timestamp has version 4, below the trusted 5/, "timestamp");
  assert.equal(set.timestamp?.signed.version, 5);
});

test("5.4.3.1: one of equal version is no news: the present one stays, whatever the other says", async () => {
  const set = opened();
  const present = set.updateTimestamp(timestamp5);
  for (const snapshot of [1, 9, 100]) {
    const equal = await sign.timestamp(timestampOf(5, { version: snapshot }, NOW + 99 * DAY));
    assert.equal(set.updateTimestamp(equal), present);
  }
  assert.equal(set.timestamp, present);
});

test("5.4.3.2: a newer timestamp that lists an older snapshot is refused", async () => {
  const set = opened();
  set.updateTimestamp(timestamp5);
  const back = await sign.timestamp(timestampOf(6, { version: 8 }));
  refused(() => set.updateTimestamp(back), "TUF_VERSION", /lists snapshot version 8, below the trusted 9/, "timestamp");
  assert.equal(set.timestamp?.signed.version, 5);
});

test("5.4.3: newer ones with the same or a newer snapshot replace the present one", async () => {
  const set = opened();
  set.updateTimestamp(timestamp5);
  set.updateTimestamp(await sign.timestamp(timestampOf(6, { version: 9 })));
  set.updateTimestamp(await sign.timestamp(timestampOf(9, { version: 12 })));
  assert.equal(set.timestamp?.signed.version, 9);
});

test("5.4.4: an expired timestamp is refused (freeze)", async () => {
  const set = opened();
  const old = await sign.timestamp(timestampOf(5, { version: 9 }, NOW));
  refused(() => set.updateTimestamp(old), "TUF_EXPIRED", /timestamp expired at 2026-01-01T00:00:00Z/, "timestamp");
  assert.equal(set.timestamp, undefined);
});

test("an expired timestamp opens nothing, but a newer one may not fall behind it", async () => {
  const set = opened();
  const own = await sign.timestamp(timestampOf(5, { version: 9 }, NOW - DAY));
  const older = await sign.timestamp(timestampOf(4, { version: 9 }));
  const back = await sign.timestamp(timestampOf(6, { version: 8 }));
  const snapshot = await sign.snapshot(snapshotOf(9, { targets: { version: 1 } }));
  refused(() => set.updateTimestamp(own), "TUF_EXPIRED", /timestamp/, "timestamp");
  refused(() => set.updateSnapshot(snapshot), "TUF_ORDER", /before timestamp/);
  refused(() => set.updateTimestamp(older), "TUF_VERSION", /below the trusted 5/);
  refused(() => set.updateTimestamp(back), "TUF_VERSION", /below the trusted 9/);
  refused(() => set.updateTimestamp(timestamp5), "TUF_EXPIRED", /timestamp/);
  assert.equal(set.updateTimestamp(await sign.timestamp(timestampOf(6, { version: 9 }))).signed.version, 6);
});

test("a newer timestamp that is refused leaves the accepted one in place", async () => {
  const set = opened();
  const accepted = set.updateTimestamp(timestamp5);
  const expired = await sign.timestamp(timestampOf(6, { version: 9 }, NOW - DAY));
  refused(() => set.updateTimestamp(expired), "TUF_EXPIRED", /timestamp/, "timestamp");
  assert.equal(set.timestamp, accepted);
});

test("a broken timestamp, or another role in its place, is refused by its own name", async () => {
  const set = opened();
  refused(() => set.updateTimestamp(utf8("")), "TUF_JSON", /^timestamp: /, "timestamp");
  const snapshot = await sign.snapshot(snapshotOf(1, {}));
  refused(() => set.updateTimestamp(snapshot), "TUF_FORMAT", /^timestamp: _type is snapshot/, "timestamp");
});

test("the timestamp is closed once a snapshot is there", async () => {
  const set = opened();
  set.updateTimestamp(timestamp5);
  set.updateSnapshot(await sign.snapshot(snapshotOf(9, { targets: { version: 1 } })));
  refused(() => set.updateTimestamp(timestamp5), "TUF_ORDER", /after snapshot/);
});
