import assert from "node:assert/strict";
import { test } from "node:test";
import {
  makeDelegations,
  makeTargets,
  signMetadata,
  TrustedSet,
  type Draft,
  type FileMeta,
  type Signer,
  type Targets,
} from "@countermark/tuf";
import {
  EXPIRES,
  NOW,
  OFFLINE,
  ONLINE,
  refused,
  roleOf,
  rootOf,
  sha256,
  sign,
  snapshotOf,
  STRANGER,
  targetsOf,
  timestampOf,
} from "../support/repository.ts";

const root = await sign.root(rootOf());

async function listing(meta: Record<string, Draft<FileMeta>>): Promise<TrustedSet> {
  const set = TrustedSet.open(root, NOW);
  set.updateTimestamp(await sign.timestamp(timestampOf(1, { version: 1 })));
  set.updateSnapshot(await sign.snapshot(snapshotOf(1, meta)));
  return set;
}

function plain(version: number, expires = EXPIRES): Targets {
  return makeTargets({ version, expires });
}

const top = await sign.targets(targetsOf(3));
const p = await signMetadata(plain(2), [ONLINE]);

test("5.6: the listed targets are trusted", async () => {
  const set = await listing({
    targets: { version: 3, length: top.length, hashes: new Map([["sha256", sha256(top)]]) },
  });
  assert.equal(set.updateTargets(top), set.role("root", "targets"));
});

test("5.6: no targets before a snapshot", async () => {
  const set = TrustedSet.open(root, NOW);
  refused(() => set.updateTargets(top), "TUF_ORDER", /before snapshot/, "targets");
  set.updateTimestamp(await sign.timestamp(timestampOf(1, { version: 1 })));
  refused(() => set.updateTargets(top), "TUF_ORDER", /before snapshot/, "targets");
});

for (const [what, meta] of [
  ["length", { version: 3, length: top.length - 1 }],
  ["hash", { version: 3, hashes: new Map([["sha256", "00".repeat(32)]]) }],
] as const) {
  test(`5.6.2: targets of another ${what} than listed are refused`, async () => {
    const set = await listing({ targets: meta });
    refused(() => set.updateTargets(top), "TUF_INTEGRITY", /not the announced/, "targets");
    assert.equal(set.role("root", "targets"), undefined);
  });
}

test("5.6.3: targets signed by another role's key are refused", async () => {
  const set = await listing({ targets: { version: 3 } });
  const stray = await signMetadata(targetsOf(3), [ONLINE]);
  refused(() => set.updateTargets(stray), "TUF_SIGNATURE", /targets is signed by 0/, "targets");
});

for (const version of [2, 4]) {
  test(`5.6.4: targets ${version} in place of the listed 3 are refused`, async () => {
    const set = await listing({ targets: { version: 3 } });
    const other = await sign.targets(targetsOf(version));
    refused(() => set.updateTargets(other), "TUF_VERSION", /not the 3 that snapshot lists/, "targets");
  });
}

test("5.6.5: expired targets are refused", async () => {
  const set = await listing({ targets: { version: 3 } });
  const old = await sign.targets(targetsOf(3, NOW));
  refused(() => set.updateTargets(old), "TUF_EXPIRED", /targets expired/, "targets");
});

test("5.6: targets that snapshot does not list are refused", async () => {
  const set = await listing({ "targets.json": { version: 3 } });
  refused(() => set.updateTargets(top), "TUF_ROLE", /snapshot does not list targets/, "targets");
});

test("5.6.7.2: a delegated role is verified by its delegator's keys, version and expiry", async () => {
  const meta = { targets: { version: 3 }, p: { version: 2, length: p.length } };
  const set = await listing(meta);
  refused(() => set.updateDelegated(p, "p", "targets"), "TUF_ORDER", /targets is not loaded/, "p");
  set.updateTargets(top);
  const stray = await signMetadata(plain(2), [OFFLINE]);
  refused(() => set.updateDelegated(stray, "p", "targets"), "TUF_SIGNATURE", /p is signed by 0/, "p");
  const older = await signMetadata(plain(1), [ONLINE]);
  refused(() => set.updateDelegated(older, "p", "targets"), "TUF_VERSION", /not the 2/, "p");
  const expired = await signMetadata(plain(2, NOW), [ONLINE]);
  refused(() => set.updateDelegated(expired, "p", "targets"), "TUF_EXPIRED", /p expired/, "p");
  const longer = Buffer.concat([p, Buffer.from(" ")]);
  refused(() => set.updateDelegated(longer, "p", "targets"), "TUF_INTEGRITY", /announced/, "p");
  assert.equal(set.role("targets", "p"), undefined);
  assert.equal(set.updateDelegated(p, "p", "targets"), set.role("targets", "p"));
});

test("5.6.7: a role that the delegator does not name is refused, listed or not, top-level names too", async () => {
  const set = await listing({ targets: { version: 3 }, q: { version: 2 }, p: { version: 2 } });
  set.updateTargets(top);
  for (const name of ["q", "P", "p.json", "__proto__", "targets", "root", "snapshot", "timestamp"]) {
    refused(() => set.updateDelegated(p, name, "targets"), "TUF_ROLE", /does not delegate to/, name);
  }
  set.updateDelegated(p, "p", "targets");
  refused(() => set.updateDelegated(p, "q", "p"), "TUF_ROLE", /p does not delegate to q/, "q");
  refused(() => set.updateDelegated(p, "p", "root"), "TUF_ORDER", /root is not loaded/, "p");
});

test("5.6.7: a role that the snapshot does not list is refused", async () => {
  const set = await listing({ targets: { version: 3 } });
  set.updateTargets(top);
  refused(() => set.updateDelegated(p, "p", "targets"), "TUF_ROLE", /snapshot does not list p/, "p");
});

/** targets -> a (online), b (stranger); a -> shared by the online key, b -> shared by the stranger's. */
async function diamond(): Promise<TrustedSet> {
  const to = (name: string, signer: Signer) => ({ name, ...roleOf(signer), terminating: false, paths: ["*"] });
  const delegating = (version: number, ...roles: ReturnType<typeof to>[]) => {
    const keys = [ONLINE.publicKey, STRANGER.publicKey];
    return makeTargets({ version, expires: EXPIRES, delegations: makeDelegations({ keys, roles }) });
  };
  const set = await listing({ targets: { version: 1 }, a: { version: 1 }, b: { version: 1 }, shared: { version: 1 } });
  set.updateTargets(await sign.targets(delegating(1, to("a", ONLINE), to("b", STRANGER))));
  set.updateDelegated(await signMetadata(delegating(1, to("shared", ONLINE)), [ONLINE]), "a", "targets");
  set.updateDelegated(
    await signMetadata(delegating(1, to("shared", STRANGER), to("a", STRANGER)), [STRANGER]),
    "b",
    "targets",
  );
  return set;
}

test("5.6.7.2: a role reached by two edges is verified for each: what one delegator's key signed is not the other's word", async () => {
  const set = await diamond();
  const shared = await signMetadata(plain(1), [ONLINE]);
  set.updateDelegated(shared, "shared", "a");
  assert.equal(set.role("b", "shared"), undefined);
  refused(() => set.updateDelegated(shared, "shared", "b"), "TUF_SIGNATURE", /0 of the 1/, "shared");
  assert.equal(set.role("b", "shared"), undefined);
});

test("a role reached by two edges whose keys both signed is one and the same", async () => {
  const set = await diamond();
  const shared = await signMetadata(plain(1), [ONLINE, STRANGER]);
  const first = set.updateDelegated(shared, "shared", "a");
  assert.equal(set.updateDelegated(Uint8Array.from(shared), "shared", "b"), first);
});

test("one name stands for one file: other bytes of the same version by another edge are refused", async () => {
  const set = await diamond();
  set.updateDelegated(await signMetadata(plain(1), [ONLINE]), "shared", "a");
  const other = await signMetadata(plain(1), [STRANGER]);
  refused(() => set.updateDelegated(other, "shared", "b"), "TUF_INTEGRITY", /not the file that was loaded/, "shared");
});

test("succinct roles delegate to their bins and to nothing else (TAP 15)", async () => {
  const { keyIds } = roleOf(ONLINE);
  const succinct = { keyIds, threshold: 1, unknown: new Map(), bitLength: 4, namePrefix: "bin" };
  const delegations = {
    keys: new Map([[ONLINE.publicKey.keyId, ONLINE.publicKey]]),
    roles: new Map(),
    succinct,
    unknown: new Map(),
  };
  const set = await listing({
    targets: { version: 1 },
    "bin-a": { version: 2 },
    "bin-g": { version: 2 },
    "bin-10": { version: 2 },
  });
  set.updateTargets(await sign.targets(makeTargets({ version: 1, expires: EXPIRES, delegations })));
  assert.equal(set.updateDelegated(p, "bin-a", "targets"), set.role("targets", "bin-a"));
  for (const name of ["bin-g", "bin-10", "bin"]) {
    refused(() => set.updateDelegated(p, name, "targets"), "TUF_ROLE", /does not delegate/, name);
  }
});
