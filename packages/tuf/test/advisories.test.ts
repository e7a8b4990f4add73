/** Each published advisory against a TUF client that concerns its core, carried out: none of them may work here. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  makeDelegations,
  makeRoot,
  makeTargetFile,
  makeTargets,
  readMetadata,
  readPublicKey,
  searchTarget,
  signMetadata,
  TrustedSet,
  type Draft,
  type FileMeta,
  type Signer,
} from "@countermark/tuf";
import { edited, withMore } from "./support/edit.ts";
import {
  DAY,
  EXPIRES,
  NOW,
  OFFLINE,
  ONLINE,
  refused,
  roleOf,
  rootOf,
  sha256,
  sign,
  signerNumber,
  snapshotOf,
  targetsOf,
  timestampOf,
  utf8,
} from "./support/repository.ts";

const [A, B] = [signerNumber(31), signerNumber(32)];

/** The same signer under another key id. */
function twin(signer: Signer): Signer {
  const publicKey = readPublicKey("twin", signer.publicKey.json);
  return { publicKey, sign: (message) => signer.sign(message) };
}

async function rootNeedingTwo(version: number, ...signers: readonly Signer[]) {
  const role = { ...roleOf(...signers), threshold: 2 };
  const keys = signers.map(({ publicKey }) => publicKey);
  const root = makeRoot({
    version,
    expires: EXPIRES,
    keys,
    roles: { root: role, timestamp: role, snapshot: role, targets: role },
  });
  return { root, sign: (...by: readonly Signer[]) => signMetadata(root, by), first: await signMetadata(root, signers) };
}

/** A set with a timestamp and a snapshot that lists `meta`. */
async function listing(meta: Record<string, Draft<FileMeta>>): Promise<TrustedSet> {
  const set = TrustedSet.open(await sign.root(rootOf()), NOW);
  set.updateTimestamp(await sign.timestamp(timestampOf(1, { version: 1 })));
  set.updateSnapshot(await sign.snapshot(snapshotOf(1, meta)));
  return set;
}

test("GHSA-pwqf-9h7j-7mv8 (python-tuf), GHSA-5q2r-92f9-4m49, CVE-2026-6966 (tough): one signature twice is not two", async () => {
  const { sign: signRoot } = await rootNeedingTwo(1, A, B);
  const once = await signRoot(A);
  refused(() => TrustedSet.open(once, NOW), "TUF_SIGNATURE", /1 of the 2/);
  const twice = edited(once, { signatures: withMore() });
  refused(() => TrustedSet.open(twice, NOW), "TUF_FORMAT", /two for the key id/);
});

test("GHSA-3633-5h82-39pq (go-tuf), python-tuf#1091: one key under two key ids is one key", async () => {
  const { sign: signRoot } = await rootNeedingTwo(1, A, twin(A));
  const file = await signRoot(A, twin(A));
  refused(() => TrustedSet.open(file, NOW), "TUF_SIGNATURE", /1 of the 2/);
});

test("GMS-2022-4197 (python-tuf): one new root key does not meet a new threshold of two", async () => {
  const { first } = await rootNeedingTwo(1, A, B);
  const [c, d] = [signerNumber(33), signerNumber(34)];
  const { sign: signRoot } = await rootNeedingTwo(2, c, d);
  const file = await signRoot(A, B, c);
  refused(() => TrustedSet.open(first, NOW).updateRoot(file), "TUF_SIGNATURE", /1 of the 2/);
});

test("GHSA-fphv-w9fq-2525 / CVE-2026-23992 (go-tuf): a threshold of 0 or less does not switch signatures off", async () => {
  for (const threshold of [0, -1]) {
    const root = edited(await sign.root(rootOf()), { "signed/roles/root/threshold": threshold, signatures: [] });
    refused(() => TrustedSet.open(root, NOW), "TUF_FORMAT", /threshold is/);
    const targets = edited(await sign.targets(targetsOf(1)), { "signed/delegations/roles/0/threshold": threshold });
    refused(() => readMetadata(targets), "TUF_FORMAT", /threshold is/);
  }
});

test("CVE-2020-15163 (python-tuf): a root that was refused is not trusted later, nor are its keys", async () => {
  const set = TrustedSet.open(await sign.root(rootOf()), NOW);
  const forged = rootOf({
    version: 2,
    keys: [A.publicKey],
    roles: new Map([...rootOf().roles].map(([name]) => [name, { ...roleOf(A), unknown: new Map() }])),
  });
  const second = await signMetadata(forged, [A]);
  const third = await signMetadata({ ...forged, version: 3 }, [A]);
  refused(() => set.updateRoot(second), "TUF_SIGNATURE", /0 of the 1/);
  refused(() => set.updateRoot(third), "TUF_SIGNATURE", /0 of the 1/);
  assert.equal(set.root.signed.version, 1);
});

test("GHSA-5vmp-m5v2-hx47 / CVE-2025-2885 (tough): no root version is left out, repeated or gone back to", async () => {
  const set = TrustedSet.open(await sign.root(rootOf({ version: 5 })), NOW);
  for (const version of [4, 5, 7]) {
    const file = await sign.root(rootOf({ version }));
    refused(() => set.updateRoot(file), "TUF_VERSION", /not 6/);
  }
});

test("GHSA-4f8r-qqr9-fq8j / CVE-2024-47534 (go-tuf): delegations A, B, B's C are asked in that order", async () => {
  const all = { terminating: false, paths: ["*"] };
  const delegatingTo = (...names: readonly string[]) => {
    const roles = names.map((name) => ({ name, ...roleOf(ONLINE), ...all }));
    return makeTargets({
      version: 1,
      expires: EXPIRES,
      delegations: makeDelegations({ keys: [ONLINE.publicKey], roles }),
    });
  };
  const set = await listing({ targets: { version: 1 }, A: { version: 1 }, B: { version: 1 }, C: { version: 1 } });
  const files = new Map([
    ["targets", await sign.targets(delegatingTo("A", "B"))],
    ["A", await signMetadata(delegatingTo(), [ONLINE])],
    ["B", await signMetadata(delegatingTo("C"), [ONLINE])],
    ["C", await signMetadata(delegatingTo(), [ONLINE])],
  ]);
  const asked: string[] = [];
  const search = searchTarget(set, "file");
  for (let step = search.next(); step.done !== true; step = search.next()) {
    const { name, delegator } = step.value;
    asked.push(name);
    const bytes = files.get(name) ?? assert.fail();
    if (name === "targets") set.updateTargets(bytes);
    else set.updateDelegated(bytes, name, delegator);
  }
  assert.deepEqual(asked, ["targets", "A", "B", "C"]);
});

test("CVE-2025-2886 (tough): a terminating delegation ends the search, though a later role lists the file", async () => {
  const role = { ...roleOf(ONLINE), paths: ["*"] };
  const roles = [
    { ...role, name: "owner", terminating: true },
    { ...role, name: "other", terminating: false },
  ];
  const delegations = makeDelegations({ keys: [ONLINE.publicKey], roles });
  const file = makeTargetFile({ length: 1, sha256: "00".repeat(32) });
  const set = await listing({ targets: { version: 1 }, owner: { version: 1 }, other: { version: 1 } });
  set.updateTargets(await sign.targets(makeTargets({ version: 1, expires: EXPIRES, delegations })));
  set.updateDelegated(await signMetadata(makeTargets({ version: 1, expires: EXPIRES }), [ONLINE]), "owner", "targets");
  const other = makeTargets({ version: 1, expires: EXPIRES, targets: new Map([["file", file]]) });
  set.updateDelegated(await signMetadata(other, [ONLINE]), "other", "targets");
  assert.deepEqual(searchTarget(set, "file").next(), { done: true, value: undefined });
});

test("CVE-2025-2887 (tough): a delegated role does not go back, in snapshot or behind its back", async () => {
  const own = await sign.snapshot(snapshotOf(1, { targets: { version: 1 }, p: { version: 5 } }));
  const set = TrustedSet.open(await sign.root(rootOf()), NOW);
  set.updateTimestamp(await sign.timestamp(timestampOf(2, { version: 2 })));
  refused(() => set.updateSnapshot(own, { trusted: true }), "TUF_VERSION", /not the 2/);
  const back = await sign.snapshot(snapshotOf(2, { targets: { version: 1 }, p: { version: 4 } }));
  refused(() => set.updateSnapshot(back), "TUF_VERSION", /lists p version 4, below the trusted 5/);
  set.updateSnapshot(await sign.snapshot(snapshotOf(2, { targets: { version: 1 }, p: { version: 5 } })));
  set.updateTargets(await sign.targets(targetsOf(1)));
  const older = await signMetadata(makeTargets({ version: 4, expires: EXPIRES }), [ONLINE]);
  refused(() => set.updateDelegated(older, "p", "targets"), "TUF_VERSION", /not the 5/);
});

test("CVE-2025-2888 (tough), CVE-2022-29173 (go-tuf): a timestamp that is refused for its snapshot is not kept", async () => {
  const set = TrustedSet.open(await sign.root(rootOf()), NOW);
  const own = set.updateTimestamp(await sign.timestamp(timestampOf(1, { version: 5 })));
  const back = await sign.timestamp(timestampOf(99, { version: 4 }));
  refused(() => set.updateTimestamp(back), "TUF_VERSION", /lists snapshot version 4/);
  assert.equal(set.timestamp, own);
  assert.equal(set.updateTimestamp(await sign.timestamp(timestampOf(2, { version: 6 }))).signed.version, 2);
});

test("CVE-2022-29173 (go-tuf): a snapshot is not trusted before its version is the announced one", async () => {
  const set = TrustedSet.open(await sign.root(rootOf()), NOW);
  set.updateTimestamp(await sign.timestamp(timestampOf(1, { version: 5 })));
  const other = await sign.snapshot(snapshotOf(4, { targets: { version: 1 } }));
  refused(() => set.updateSnapshot(other), "TUF_VERSION", /not the 5/);
  const targets = await sign.targets(targetsOf(1));
  refused(() => set.updateTargets(targets), "TUF_ORDER", /before snapshot/);
});

test("CVE-2026-6967 (tough): expiry, hash and length hold for delegated roles as for all", async () => {
  const good = await signMetadata(makeTargets({ version: 1, expires: EXPIRES }), [ONLINE]);
  const expired = await signMetadata(makeTargets({ version: 1, expires: NOW - DAY }), [ONLINE]);
  for (const [meta, bytes, code] of [
    [{ version: 1 }, expired, "TUF_EXPIRED"],
    [{ version: 1, length: good.length - 1 }, good, "TUF_INTEGRITY"],
    [{ version: 1, hashes: new Map([["sha256", sha256(expired)]]) }, good, "TUF_INTEGRITY"],
  ] as const) {
    const set = await listing({ targets: { version: 1 }, p: meta });
    set.updateTargets(await sign.targets(targetsOf(1)));
    refused(() => set.updateDelegated(bytes, "p", "targets"), code, /p /);
  }
});

test("GHSA-846p-jg2w-w324 (go-tuf): JSON that is no metadata is refused, not stumbled over", () => {
  for (const text of [
    "null",
    "[]",
    "{}",
    '{"signed":null,"signatures":[]}',
    '{"signed":{"_type":null},"signatures":null}',
    '{"signed":{"_type":"root","keys":null,"roles":null},"signatures":[null]}',
    '{"signed":{"_type":"targets","delegations":{"keys":{"k":{}},"roles":[null]}},"signatures":[]}',
    '{"signed":{"_type":"timestamp","meta":{"snapshot.json":null}},"signatures":[]}',
  ]) {
    refused(() => readMetadata(utf8(text)), "TUF_FORMAT", /./);
    refused(() => TrustedSet.open(utf8(text), NOW), "TUF_FORMAT", /./, "root");
  }
});

test("the fixtures are signed rightly: what is refused above is refused for the attack alone", async () => {
  const { first } = await rootNeedingTwo(1, A, B);
  assert.equal(TrustedSet.open(first, NOW).root.signed.version, 1);
  const set = await listing({ targets: { version: 1 }, p: { version: 1 } });
  set.updateTargets(await sign.targets(targetsOf(1)));
  set.updateDelegated(await signMetadata(makeTargets({ version: 1, expires: EXPIRES }), [ONLINE]), "p", "targets");
  assert.ok(set.role("targets", "p") !== undefined && OFFLINE.publicKey.keyId !== ONLINE.publicKey.keyId);
});
