import assert from "node:assert/strict";
import { test } from "node:test";
import { signMetadata, TrustedSet, type FileMeta } from "@countermark/tuf";
import {
  DAY,
  NOW,
  OFFLINE,
  refused,
  rootOf,
  sha256,
  sign,
  snapshotOf,
  targetsOf,
  timestampOf,
  utf8,
} from "../support/repository.ts";

const root = await sign.root(rootOf());

async function announcing(meta: Omit<FileMeta, "unknown">): Promise<TrustedSet> {
  const set = TrustedSet.open(root, NOW);
  set.updateTimestamp(await sign.timestamp(timestampOf(1, meta)));
  return set;
}

const snapshot5 = await sign.snapshot(snapshotOf(5, { targets: { version: 3 }, p: { version: 2 } }));

test("5.5: the announced snapshot is trusted", async () => {
  const set = await announcing({
    version: 5,
    length: snapshot5.length,
    hashes: new Map([["sha256", sha256(snapshot5)]]),
  });
  const before = set.snapshot;
  assert.equal(before, undefined);
  const trusted = set.updateSnapshot(snapshot5);
  assert.equal(set.snapshot, trusted);
  assert.equal(trusted.signed.meta.get("p")?.version, 2);
});

test("5.5: no snapshot before a timestamp", () => {
  refused(() => TrustedSet.open(root, NOW).updateSnapshot(snapshot5), "TUF_ORDER", /before timestamp/);
});

for (const [what, meta] of [
  ["length", { version: 5, length: snapshot5.length + 1 }],
  ["sha256", { version: 5, hashes: new Map([["sha256", "00".repeat(32)]]) }],
  ["sha512", { version: 5, hashes: new Map([["sha512", "00".repeat(64)]]) }],
] as const) {
  test(`5.5.2: a snapshot of another ${what} than announced is refused`, async () => {
    const set = await announcing(meta);
    refused(() => set.updateSnapshot(snapshot5), "TUF_INTEGRITY", /not the announced/, "snapshot");
    assert.equal(set.snapshot, undefined);
  });
}

test("5.5.2: every hash counts: a wrong second one is refused though the first is right", async () => {
  const hashes = new Map([
    ["sha256", sha256(snapshot5)],
    ["sha512", "00".repeat(64)],
  ]);
  const set = await announcing({ version: 5, hashes });
  refused(() => set.updateSnapshot(snapshot5), "TUF_INTEGRITY", /sha512/, "snapshot");
});

test("5.5.2: a hash of an algorithm that is not known cannot be right", async () => {
  const set = await announcing({ version: 5, hashes: new Map([["md5", "00"]]) });
  refused(() => set.updateSnapshot(snapshot5), "TUF_INTEGRITY", /md5 hash, which is not supported/, "snapshot");
});

test("5.5.2: hashes are looked at before the bytes are read", async () => {
  const set = await announcing({ version: 5, length: 7 });
  refused(() => set.updateSnapshot(utf8("nonsense")), "TUF_INTEGRITY", /8 bytes, not the announced 7/, "snapshot");
});

test("5.5.3: a snapshot signed by another role's key is refused", async () => {
  const set = await announcing({ version: 5 });
  const stray = await signMetadata(snapshotOf(5, { targets: { version: 3 } }), [OFFLINE]);
  refused(() => set.updateSnapshot(stray), "TUF_SIGNATURE", /snapshot is signed by 0/, "snapshot");
  refused(() => set.updateSnapshot(stray, { trusted: true }), "TUF_SIGNATURE", /snapshot is signed by 0/, "snapshot");
  assert.equal(set.snapshot, undefined);
});

for (const version of [4, 6]) {
  test(`5.5.4: snapshot ${version} in place of the announced 5 is refused (mix and match)`, async () => {
    const set = await announcing({ version: 5 });
    const other = await sign.snapshot(snapshotOf(version, { targets: { version: 3 } }));
    refused(() => set.updateSnapshot(other), "TUF_VERSION", /not the 5 that timestamp lists/, "snapshot");
    assert.equal(set.snapshot, undefined);
  });
}

test("5.5.6: an expired snapshot is refused", async () => {
  const set = await announcing({ version: 5 });
  const old = await sign.snapshot(snapshotOf(5, { targets: { version: 3 } }, NOW));
  refused(() => set.updateSnapshot(old), "TUF_EXPIRED", /snapshot expired/, "snapshot");
  assert.equal(set.snapshot, undefined);
});

test("an own snapshot that still fits is the snapshot, and needs no fetching", async () => {
  const set = await announcing({ version: 5 });
  assert.equal(set.updateSnapshot(snapshot5, { trusted: true }), set.snapshot);
});

test("5.5.2: an own snapshot of the announced version but other bytes is fetched anew, and none may fall behind it", async () => {
  const other = await sign.snapshot(snapshotOf(5, { targets: { version: 3 }, p: { version: 4 } }));
  const set = await announcing({ version: 5, hashes: new Map([["sha256", sha256(other)]]) });
  refused(() => set.updateSnapshot(snapshot5, { trusted: true }), "TUF_INTEGRITY", /not the announced/, "snapshot");
  const refusedSnapshot = set.snapshot;
  assert.equal(refusedSnapshot, undefined);
  assert.equal(set.updateSnapshot(other).signed.meta.get("p")?.version, 4);
});

test("5.5: the timestamp is closed once an own snapshot was given, though it was refused", async () => {
  const set = await announcing({ version: 6 });
  refused(() => set.updateSnapshot(snapshot5, { trusted: true }), "TUF_VERSION", /not the 6/, "snapshot");
  const next = await sign.timestamp(timestampOf(2, { version: 5 }));
  refused(() => set.updateTimestamp(next), "TUF_ORDER", /after snapshot/);
});

test("an own snapshot is not measured by the hashes of a newer timestamp", async () => {
  const set = await announcing({ version: 6, length: 1, hashes: new Map([["sha256", "00".repeat(32)]]) });
  refused(() => set.updateSnapshot(snapshot5, { trusted: true }), "TUF_VERSION", /not the 6/, "snapshot");
});

const ownStates = [
  ["outdated", snapshot5, "TUF_VERSION"],
  [
    "outdated and expired",
    await sign.snapshot(snapshotOf(5, { targets: { version: 3 }, p: { version: 2 } }, NOW - DAY)),
    "TUF_VERSION",
  ],
  [
    "expired",
    await sign.snapshot(snapshotOf(6, { targets: { version: 3 }, p: { version: 2 } }, NOW - DAY)),
    "TUF_EXPIRED",
  ],
] as const;
for (const [what, own, code] of ownStates) {
  test(`5.5.5: an own snapshot that is ${what} opens nothing, but no role may fall behind it or vanish`, async () => {
    const set = await announcing({ version: 6 });
    const targets = await sign.targets(targetsOf(3));
    refused(() => set.updateSnapshot(own, { trusted: true }), code, /snapshot/, "snapshot");
    assert.equal(set.snapshot, undefined);
    refused(() => set.updateTargets(targets), "TUF_ORDER", /before snapshot/, "targets");
    const back = await sign.snapshot(snapshotOf(6, { targets: { version: 2 }, p: { version: 2 } }));
    refused(() => set.updateSnapshot(back), "TUF_VERSION", /lists targets version 2, below the trusted 3/, "snapshot");
    const delegatedBack = await sign.snapshot(snapshotOf(6, { targets: { version: 3 }, p: { version: 1 } }));
    refused(
      () => set.updateSnapshot(delegatedBack),
      "TUF_VERSION",
      /lists p version 1, below the trusted 2/,
      "snapshot",
    );
    const gone = await sign.snapshot(snapshotOf(6, { targets: { version: 3 } }));
    refused(() => set.updateSnapshot(gone), "TUF_ROLE", /no longer lists p/, "snapshot");
    const good = await sign.snapshot(
      snapshotOf(6, { targets: { version: 3 }, p: { version: 9 }, new: { version: 1 } }),
    );
    assert.equal(set.updateSnapshot(good).signed.meta.size, 3);
  });
}

test("5.5.5: an own snapshot may not be followed by one of a lower version, though a fresh timestamp lists it", async () => {
  const set = await announcing({ version: 4 });
  refused(() => set.updateSnapshot(snapshot5, { trusted: true }), "TUF_VERSION", /not the 4/, "snapshot");
  const back = await sign.snapshot(snapshotOf(4, { targets: { version: 3 }, p: { version: 2 } }));
  refused(() => set.updateSnapshot(back), "TUF_VERSION", /version 4, below the trusted 5/, "snapshot");
});

test("a fetched snapshot that was refused is not what later ones are measured by", async () => {
  const set = await announcing({ version: 5 });
  const future = await sign.snapshot(snapshotOf(6, { targets: { version: 100 }, x: { version: 1 } }));
  refused(() => set.updateSnapshot(future), "TUF_VERSION", /not the 5/, "snapshot");
  assert.equal(set.updateSnapshot(snapshot5).signed.version, 5);
});

test("the snapshot is closed once targets are there", async () => {
  const set = await announcing({ version: 5 });
  set.updateSnapshot(snapshot5);
  set.updateTargets(await sign.targets(targetsOf(3)));
  refused(() => set.updateSnapshot(snapshot5), "TUF_ORDER", /after targets/);
});
