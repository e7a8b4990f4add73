import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addSignatures,
  canonicalise,
  jsonObject,
  makeDelegations,
  makeRoot,
  readMetadata,
  readRoot,
  readSnapshot,
  readTargets,
  signMetadata,
  toJson,
  TufError,
  verifySignatures,
  type Metadata,
  type Signer,
} from "@countermark/tuf";
import { DROP, edited, withMore } from "../support/edit.ts";
import {
  EXPIRES,
  OFFLINE,
  ONLINE,
  refused,
  roleOf,
  rootOf,
  signerNumber,
  snapshotOf,
  STRANGER,
  targetsOf,
  timestampOf,
} from "../support/repository.ts";

const unknown = jsonObject({ "x-mine": { deep: [1, { b: null, a: "é" }] } });

const samples: readonly Metadata[] = [
  { ...rootOf(), unknown },
  { ...timestampOf(2, { version: 3, length: 4, hashes: new Map([["sha512", "cd".repeat(64)]]), unknown }), unknown },
  { ...snapshotOf(2, { targets: { version: 1, unknown } }), unknown },
  { ...targetsOf(2), unknown },
];
for (const metadata of samples) {
  test(`${metadata.type}: model, file and model again are one, unknown members included`, async () => {
    const file = await signMetadata(metadata, [OFFLINE]);
    const envelope = readMetadata(file);
    assert.deepEqual(
      JSON.parse(JSON.stringify(plain(toJson(envelope.signed)))),
      JSON.parse(new TextDecoder().decode(envelope.message)),
    );
    assert.deepEqual(await signMetadata(envelope.signed, [OFFLINE]), file);
  });
}

function plain(value: unknown): unknown {
  if (value instanceof Map)
    return Object.fromEntries([...(value as ReadonlyMap<string, unknown>)].map(([n, v]) => [n, plain(v)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

test("unknown members of keys, roles, delegations, files and succinct roles are kept", async () => {
  const hashed = { name: "h", keyids: [], threshold: 1, terminating: false, path_hash_prefixes: ["ab"] };
  const file = edited(await signMetadata(targetsOf(1), [OFFLINE]), {
    "signed/targets/f": { length: 0, hashes: { sha256: "00".repeat(32) }, custom: { a: 1 }, "x-file": 1 },
    "signed/delegations/x-delegations": 1,
    "signed/delegations/roles/0/x-role": 1,
    "signed/delegations/roles": withMore(hashed),
    "signed/delegations/keys/*/x-key": 1,
    "signed/delegations/keys/*/keyval/x-keyval": 1,
  });
  const { signed, message } = readTargets(file);
  assert.deepEqual(Buffer.from(readTargets(await signMetadata(signed, [])).message), Buffer.from(message));
  const succinct = edited(file, {
    "signed/delegations/roles": DROP,
    "signed/delegations/succinct_roles": { bit_length: 4, name_prefix: "b", keyids: [], threshold: 1, "x-bins": 1 },
  });
  const bins = readTargets(succinct);
  assert.deepEqual(Buffer.from(readTargets(await signMetadata(bins.signed, [])).message), Buffer.from(bins.message));
});

test("a snapshot with entries of the one before is signed over its canonical form, all of it", async () => {
  const before = snapshotOf(1, { targets: { version: 1, unknown }, "b-1": { version: 3 }, é: { version: 4 } });
  await signMetadata(before, [ONLINE]);
  const meta = new Map([...before.meta, ["b", { version: 5, length: 6, unknown }], ["b-1", { version: 4, unknown }]]);
  for (const members of [{}, { meta: 1, z: 2, "a-first": 3 }, { bell: "\u0007" }]) {
    const after = { ...before, version: 2, meta, unknown: jsonObject(members) };
    const { message, signed } = readMetadata(await signMetadata(after, [ONLINE]));
    assert.deepEqual(Buffer.from(message), Buffer.from(canonicalise(toJson(after))));
    assert.deepEqual(signed.type === "snapshot" && signed.meta.get("b-1")?.version, 4);
  }
});

test("an unknown member cannot stand in for a known one", () => {
  const json = toJson({ ...timestampOf(2, { version: 3 }), unknown: jsonObject({ version: 99, _type: "root" }) });
  assert.equal(json.get("version"), 2);
  assert.equal(json.get("_type"), "timestamp");
});

test("holders of keys sign one after the other; the last has a file that meets the threshold", async () => {
  const [a, b, c] = [signerNumber(11), signerNumber(12), signerNumber(13)];
  const role = { ...roleOf(a, b, c), threshold: 3, unknown: new Map() };
  const root = makeRoot({
    version: 1,
    expires: EXPIRES,
    keys: [a, b, c].map(({ publicKey }) => publicKey),
    roles: { root: role, timestamp: role, snapshot: role, targets: role },
  });
  const once = await signMetadata(root, [a]);
  const thrice = await addSignatures(await addSignatures(once, [b]), [c]);
  const { signed } = readRoot(once);
  refused(
    () => {
      verifySignatures(readRoot(once), signed.keys, role, "root");
    },
    "TUF_SIGNATURE",
    /1 of the 3/,
  );
  verifySignatures(readRoot(thrice), signed.keys, role, "root");
  assert.deepEqual(thrice, await signMetadata(root, [a, b, c]));
});

test("adding a signature keeps what is signed, also where it was not canonical, and replaces an own older one", async () => {
  const file = edited(await signMetadata(targetsOf(1), [OFFLINE]), {
    "signatures/0/sig": "00",
    "signed/a-later-member": 1,
  });
  const added = await addSignatures(file, [OFFLINE, ONLINE]);
  const envelope = readTargets(added);
  assert.deepEqual(Buffer.from(envelope.message), Buffer.from(readTargets(file).message));
  assert.equal(envelope.signatures.size, 2);
  const keys = new Map([OFFLINE, ONLINE].map(({ publicKey }) => [publicKey.keyId, publicKey]));
  verifySignatures(envelope, keys, { ...roleOf(OFFLINE, ONLINE), threshold: 2, unknown: new Map() }, "targets");
});

test("adding a signature keeps members beside signed and in signatures that nobody knows", async () => {
  const file = edited(await signMetadata(targetsOf(1), [OFFLINE]), {
    note: { "x-a": 1 },
    "signatures/0/x-b": 2,
    "signatures/0/sig": "",
  });
  const added = JSON.parse(new TextDecoder().decode(await addSignatures(file, [OFFLINE, ONLINE]))) as Record<
    string,
    unknown
  >;
  assert.deepEqual(added["note"], { "x-a": 1 });
  const [offline, online] = added["signatures"] as Record<string, unknown>[];
  assert.equal(offline?.["x-b"], 2);
  assert.notEqual(offline["sig"], "");
  assert.deepEqual(Object.keys(online ?? {}), ["keyid", "sig"]);
});

test("a signer that returns another's signature is found out", async () => {
  const broken: Signer = { publicKey: OFFLINE.publicKey, sign: (message) => STRANGER.sign(message) };
  await assert.rejects(signMetadata(targetsOf(1), [broken]), { code: "TUF_SIGNATURE" });
  await assert.rejects(addSignatures(await signMetadata(targetsOf(1), []), [broken]), { code: "TUF_SIGNATURE" });
});

for (const [what, metadata] of [
  ["version 0", timestampOf(0, { version: 1 })],
  ["a version beyond 2^53", timestampOf(2 ** 53, { version: 1 })],
  [
    "threshold 0",
    rootOf({ roles: new Map([...rootOf().roles].map(([name, role]) => [name, { ...role, threshold: 0 }])) }),
  ],
  ["a digest that is none", timestampOf(1, { version: 1, hashes: new Map([["sha256", "x"]]) })],
  ["a time that cannot be written", timestampOf(1, { version: 1 }, Number.NaN)],
  ["half of a surrogate pair", snapshotOf(1, { "\ud800": { version: 1 } })],
] as const) {
  test(`does not write what it would not read: ${what}`, async () => {
    await assert.rejects(signMetadata(metadata, [OFFLINE]), TufError);
  });
}

test("readMetadata refuses what is none of the four types", () => {
  for (const text of ["{}", "[]", '{"signed":1}', '{"signed":{"_type":"mirrors"}}']) {
    refused(() => readMetadata(new TextEncoder().encode(text)), "TUF_FORMAT", /none of root/);
  }
});

test("builders refuse one role twice; order of delegations is that given", () => {
  const role = { ...roleOf(ONLINE), terminating: false, paths: ["*"] };
  const roles = ["9", "b", "10"].map((name) => ({ ...role, name }));
  assert.deepEqual([...makeDelegations({ keys: [], roles }).roles.keys()], ["9", "b", "10"]);
  refused(() => makeDelegations({ keys: [], roles: [...roles, { ...role, name: "b" }] }), "TUF_FORMAT", /twice/);
});

test("a snapshot keeps integer-like role names in the order of canonical JSON", async () => {
  const file = await signMetadata(snapshotOf(1, { "9": { version: 1 }, "10": { version: 2 } }), [ONLINE]);
  assert.deepEqual([...readSnapshot(file).signed.meta.keys()], ["10", "9"]);
});
