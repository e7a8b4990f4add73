import assert from "node:assert/strict";
import { test } from "node:test";
import { signMetadata, TrustedSet } from "@countermark/tuf";
import { edited } from "../support/edit.ts";
import {
  DAY,
  NOW,
  OFFLINE,
  ONLINE,
  refused,
  roleOf,
  rootOf,
  sign,
  signerNumber,
  STRANGER,
  timestampOf,
  utf8,
} from "../support/repository.ts";

const root1 = await sign.root(rootOf());
const timestamp = await sign.timestamp(timestampOf(1, { version: 1 }));

test("5.2: a pinned root is trusted when its own keys have signed it", () => {
  assert.equal(TrustedSet.open(root1, NOW).root.signed.version, 1);
});

test("5.2: a root that its own keys have not signed is refused", async () => {
  const stray = await sign.root(rootOf(), STRANGER);
  refused(() => TrustedSet.open(stray, NOW), "TUF_SIGNATURE", /0 of the 1/, "root");
  refused(() => TrustedSet.open(edited(root1, { "signed/version": 2 }), NOW), "TUF_SIGNATURE", /0 of the 1/, "root");
});

test("5.2: a broken root says that it is the root", () => {
  refused(() => TrustedSet.open(utf8("{"), NOW), "TUF_JSON", /^root: /, "root");
});

test("a mistake of ours is not dressed up as a refusal", () => {
  assert.throws(() => TrustedSet.open(null as unknown as Uint8Array, NOW), TypeError);
});

for (const time of [Number.NaN, Infinity, 0.5]) {
  test(`5.1: a reference time of ${time} is a mistake, not a time at which nothing expires`, () => {
    refused(() => TrustedSet.open(root1, time), "TUF_ORDER", /reference time/);
  });
}

test("5.3: a chain of roots turns the keys; each is signed by the one before and by itself", async () => {
  const [a, b] = [signerNumber(21), signerNumber(22)];
  const roles = (signer: typeof a) => ({
    root: roleOf(signer),
    targets: roleOf(signer),
    snapshot: roleOf(signer),
    timestamp: roleOf(signer),
  });
  const root2 = rootOf({ version: 2, keys: [a.publicKey], roles: roles(a) });
  const root3 = rootOf({ version: 3, keys: [b.publicKey], roles: roles(b) });
  const set = TrustedSet.open(root1, NOW);
  assert.equal(set.updateRoot(await signMetadata(root2, [OFFLINE, a])).signed.version, 2);
  assert.equal(set.updateRoot(await signMetadata(root3, [a, b])).signed.version, 3);
  assert.equal(set.root.signed.version, 3);
});

test("5.3.4: a root signed by new keys alone is refused, and the old one stays", async () => {
  const next = rootOf({ version: 2, keys: [STRANGER.publicKey, ONLINE.publicKey], roles: { ...rolesWith(STRANGER) } });
  const set = TrustedSet.open(root1, NOW);
  const file = await signMetadata(next, [STRANGER]);
  refused(() => set.updateRoot(file), "TUF_SIGNATURE", /root is signed by 0/, "root");
  assert.equal(set.root.signed.version, 1);
});

test("5.3.4: a root signed by old keys alone is refused", async () => {
  const next = rootOf({ version: 2, keys: [STRANGER.publicKey, ONLINE.publicKey], roles: { ...rolesWith(STRANGER) } });
  const set = TrustedSet.open(root1, NOW);
  const file = await signMetadata(next, [OFFLINE]);
  refused(() => set.updateRoot(file), "TUF_SIGNATURE", /root is signed by 0/, "root");
  assert.equal(set.root.signed.version, 1);
});

test("5.3.4: old and new thresholds both hold: one key of two old ones is not enough", async () => {
  const [a, b] = [signerNumber(21), signerNumber(22)];
  const two = { ...roleOf(a, b), threshold: 2 };
  const roles = { ...rolesWith(ONLINE), root: two };
  const keys = [a.publicKey, b.publicKey, ONLINE.publicKey];
  const set = TrustedSet.open(await signMetadata(rootOf({ keys, roles }), [a, b]), NOW);
  const lower = rootOf({ version: 2, keys, roles: { ...roles, root: { ...two, threshold: 1 } } });
  const file = await signMetadata(lower, [a]);
  refused(() => set.updateRoot(file), "TUF_SIGNATURE", /1 of the 2/, "root");
});

for (const version of [1, 3, 100]) {
  test(`5.3.5: root version ${version} after 1 is refused: exactly the next one counts`, async () => {
    const set = TrustedSet.open(root1, NOW);
    const file = await sign.root(rootOf({ version }));
    refused(() => set.updateRoot(file), "TUF_VERSION", /not 2/, "root");
    assert.equal(set.root.signed.version, 1);
  });
}

test("5.3: root N+2 that is refused leaves N+1 trusted", async () => {
  const set = TrustedSet.open(root1, NOW);
  set.updateRoot(await sign.root(rootOf({ version: 2 })));
  const stray = await sign.root(rootOf({ version: 3 }), STRANGER);
  refused(() => set.updateRoot(stray), "TUF_SIGNATURE", /0 of the 1/, "root");
  assert.equal(set.root.signed.version, 2);
  assert.equal(set.updateTimestamp(timestamp).signed.version, 1);
});

test("5.3.10: an expired root may be passed on the way, but not be the last", async () => {
  const set = TrustedSet.open(await sign.root(rootOf({ expires: NOW - DAY })), NOW);
  refused(() => set.updateTimestamp(timestamp), "TUF_EXPIRED", /root expired at 2025-12-31T00:00:00Z/, "root");
  set.updateRoot(await sign.root(rootOf({ version: 2, expires: NOW - 1000 })));
  refused(() => set.updateTimestamp(timestamp), "TUF_EXPIRED", /root expired/, "root");
  set.updateRoot(await sign.root(rootOf({ version: 3, expires: NOW + 1000 })));
  set.updateTimestamp(timestamp);
});

test("5.3.10: metadata is expired in the very second that it names", async () => {
  const file = await sign.root(rootOf({ expires: NOW }));
  refused(() => TrustedSet.open(file, NOW).updateTimestamp(timestamp), "TUF_EXPIRED", /root expired/, "root");
  TrustedSet.open(file, NOW - 1).updateTimestamp(timestamp);
});

test("the root is closed once a timestamp is there, also an expired one", async () => {
  const root2 = await sign.root(rootOf({ version: 2 }));
  const set = TrustedSet.open(root1, NOW);
  set.updateTimestamp(timestamp);
  refused(() => set.updateRoot(root2), "TUF_ORDER", /after timestamp/);
  const late = TrustedSet.open(root1, NOW);
  const old = await sign.timestamp(timestampOf(1, { version: 1 }, NOW - 1000));
  refused(() => late.updateTimestamp(old), "TUF_EXPIRED", /timestamp/);
  refused(() => late.updateRoot(root2), "TUF_ORDER", /after timestamp/);
});

test("a root that repeats its keys under other ids meets a threshold of two with neither", async () => {
  const file = edited(await sign.root(rootOf({ keys: [OFFLINE.publicKey] })), {
    "signed/keys": (old: unknown) => ({ ...(old as object), twin: Object.values(old as object)[0] as unknown }),
    "signed/roles/root": { keyids: [OFFLINE.publicKey.keyId, "twin"], threshold: 2 },
  });
  refused(() => TrustedSet.open(file, NOW), "TUF_SIGNATURE", /of the 2/, "root");
});

function rolesWith(signer: typeof OFFLINE) {
  const online = roleOf(ONLINE);
  return { root: roleOf(signer), targets: roleOf(signer), snapshot: online, timestamp: online };
}
