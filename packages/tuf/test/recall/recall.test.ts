import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  delegationKeys,
  delegationsFor,
  makeDelegations,
  makeSnapshot,
  makeTargets,
  outlineOf,
  readOutline,
  readSnapshot,
  readTargets,
  signMetadata,
  TrustedSet,
  type Delegations,
  type Draft,
  type Envelope,
  type FileMeta,
  type Snapshot,
  type Targets,
} from "@countermark/tuf";
import { MAX_PREFIXES, type Outline } from "../../src/recall/outline.ts";
import { RecalledMap } from "../../src/recall/recalled-map.ts";
import { recallSnapshot, recallTargets } from "../../src/recall/recall.ts";
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
  timestampOf,
  utf8,
} from "../support/repository.ts";

/*
 * A file that was read to its end before is not read again: one entry is found by its name or by what its patterns begin
 * with. Whatever is asked, the answer must be that of the ordinary reader.
 */

type Role = Parameters<typeof makeDelegations>[0]["roles"] extends readonly (infer R)[] | undefined ? R : never;

function roleNamed(name: string, paths: readonly string[], terminating = false): Role {
  return { name, ...roleOf(ONLINE), terminating, paths };
}

/** Roles that make the list long enough, and that nobody asks for. */
const FILLING = Array.from({ length: 400 }, (_, n) => roleNamed(`filling.${n}`, [`zz/${n}/*`, `zz/${n}/x?`]));

function delegating(roles: readonly Role[]): Promise<Uint8Array> {
  const delegations = makeDelegations({ keys: [ONLINE.publicKey], roles: [...roles, ...FILLING] });
  return signMetadata(makeTargets({ version: 7, expires: EXPIRES, delegations }), [OFFLINE]);
}

function delegationsOf(envelope: Envelope<Targets>): Delegations {
  return envelope.signed.delegations ?? assert.fail("there are no delegations");
}

function outlined(envelope: Envelope<Snapshot | Targets>): Outline {
  return outlineOf(envelope) ?? assert.fail("there is no outline");
}

const PATTERN_PARTS = ["a", "ab", "/", "*", "?", "x", "}", "{", ",", ":", "zz/", "keyids", "name", "paths"];

test("look-ups in recalled delegations answer as those in delegations that were read", async () => {
  const pattern = fc
    .array(fc.constantFrom(...PATTERN_PARTS), { minLength: 1, maxLength: 5 })
    .map((all) => all.join(""));
  const lists = fc.array(fc.tuple(fc.array(pattern, { minLength: 1, maxLength: 3 }), fc.boolean()), { maxLength: 6 });
  const path = fc.oneof(
    pattern,
    fc
      .array(fc.constantFrom(...PATTERN_PARTS, "é", '"', "\\", "[", "\u{1f600}"), { maxLength: 6 })
      .map((all) => all.join("")),
  );
  await fc.assert(
    fc.asyncProperty(lists, fc.array(path, { minLength: 1, maxLength: 20 }), async (roles, paths) => {
      const bytes = await delegating(roles.map(([patterns, last], n) => roleNamed(`r-${n}`, patterns, last)));
      const read = readTargets(bytes);
      const [there, here] = [delegationsOf(read), delegationsOf(recallTargets(bytes, outlined(read)))];
      for (const each of [...paths, "", "zz/17/a", "zz/17/x1", "zz"]) {
        assert.deepEqual(delegationsFor(here, each), delegationsFor(there, each), JSON.stringify(each));
      }
      for (const name of ["r-0", "r-5", "filling.1", "filling.39", "filling", "", 'r-0"', "é", "a", "keyids"]) {
        assert.deepEqual(delegationKeys(here, name), delegationKeys(there, name), name);
      }
    }),
    { numRuns: 60 },
  );
});

test("a recalled role says all that a read one says, and to whoever goes over it, too", async () => {
  const bytes = await delegating([roleNamed("a", ["a/*"], true)]);
  const read = readTargets(bytes);
  const recalled = recallTargets(bytes, outlined(read));
  assert.ok(delegationsOf(recalled).roles instanceof RecalledMap);
  assert.deepEqual(recalled.message, read.message);
  assert.deepEqual(recalled.bytes, bytes);
  assert.deepEqual(recalled.signatures, read.signatures);
  const { delegations, ...rest } = recalled.signed;
  assert.ok(delegations !== undefined);
  assert.deepEqual(
    { version: rest.version, expires: rest.expires, targets: [...rest.targets] },
    { version: 7, expires: EXPIRES, targets: [] },
  );
  assert.deepEqual([...delegations.keys.keys()], [ONLINE.publicKey.keyId]);
  const { roles } = delegationsOf(read);
  assert.deepEqual([...delegations.roles], [...roles]);
  assert.deepEqual([...delegations.roles.keys()], [...roles.keys()]);
  assert.deepEqual([...delegations.roles.values()], [...roles.values()]);
  assert.equal(delegations.roles.size, 401);
  const visited: string[] = [];
  delegations.roles.forEach((_, name) => visited.push(name));
  assert.deepEqual(visited, [...roles.keys()]);
  assert.deepEqual([delegations.roles.has("a"), delegations.roles.has("b")], [true, false]);
});

function listing(names: readonly string[]): Snapshot {
  const listed = names.map((name, n): [string, Draft<FileMeta>] => {
    return [name, { version: n + 1, hashes: new Map([["sha256", sha256(utf8(name))]]) }];
  });
  const filling = Array.from({ length: 800 }, (_, n): [string, Draft<FileMeta>] => {
    return [`filling.${n}`, { version: 1 + n, length: n }];
  });
  return makeSnapshot({ version: 3, expires: EXPIRES, meta: new Map([...listed, ...filling]) });
}

test("entries of a recalled snapshot are those of one that was read", async () => {
  const names = ["targets", "a", "a.json", "a:{", "b}", ",", "version", "meta"];
  const bytes = await signMetadata(listing(names), [ONLINE]);
  const read = readSnapshot(bytes);
  const recalled = recallSnapshot(bytes, outlined(read));
  assert.ok(recalled.signed.meta instanceof RecalledMap);
  for (const name of [...names, "filling.7", "filling.799", "filling", "", "targets.json", 'a"', "é", "b"]) {
    assert.deepEqual(recalled.signed.meta.get(name), read.signed.meta.get(name), name);
    assert.equal(recalled.signed.meta.has(name), read.signed.meta.has(name), name);
  }
  assert.deepEqual([...recalled.signed.meta], [...read.signed.meta]);
  assert.deepEqual(recalled.message, read.message);
  assert.equal(recalled.signed.version, 3);
});

test("a name or path that is a piece of the file's own text finds nothing (JSON injection)", async () => {
  const meta = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`r${1000 + n}`, { version: n + 1 }]));
  const snapshot = await sign.snapshot(snapshotOf(1, meta));
  const entries = recallSnapshot(snapshot, outlined(readSnapshot(snapshot))).signed.meta;
  assert.equal(entries instanceof RecalledMap, true);
  for (const name of [
    'r1000.json":{"version":1},"r1001',
    "",
    '"r1000',
    "r1000.json",
    'r1000.json":{"version":1}',
    "é",
  ]) {
    assert.equal(entries.get(name), undefined, name);
  }
  assert.equal(entries.get("r1001")?.version, 2);
  const plain = await delegating([roleNamed("a", ["a/*", "exact"]), roleNamed("b", ["exact"])]);
  const { roles } = delegationsOf(recallTargets(plain, outlined(readTargets(plain))));
  assert.equal(roles instanceof RecalledMap, true);
  const text = new TextDecoder().decode(plain);
  const piece = /"name":"(a","paths":.*?"name":"b)"/.exec(text)?.[1] ?? assert.fail();
  for (const name of [piece, "", 'a"', 'b","paths":["exact']) assert.equal(roles.get(name), undefined, name);
  assert.equal(roles.get("b")?.name, "b");
  const recalled = delegationsOf(recallTargets(plain, outlined(readTargets(plain))));
  for (const path of ['a/*","exact', 'exact"]', "exac", "exact "]) {
    assert.deepEqual(delegationsFor(recalled, path), delegationsFor(delegationsOf(readTargets(plain)), path), path);
  }
  assert.equal(delegationsFor(recalled, "exact").length, 2);
});

test("a pattern without wildcards is found where it is shorter than what stands before any wildcard", async () => {
  const bytes = await delegating([roleNamed("short", ["ab"])]);
  const outline = outlined(readTargets(bytes));
  assert.ok(outline.exact && outline.prefixes.every((length) => length > 2));
  const recalled = delegationsOf(recallTargets(bytes, outline));
  assert.deepEqual(
    delegationsFor(recalled, "ab").map(({ name }) => name),
    ["short"],
  );
});

test("there is no outline of what is short, or not in its usual form all through", async () => {
  const usual = await delegating([]);
  assert.ok(outlineOf(readTargets(usual)));
  const text = new TextDecoder().decode(usual);
  const changes = {
    "a space in the list": text.replace('},{"keyids"', '}, {"keyids"'),
    "a space before the list": text.replace('"roles":[', '"roles": ['),
    "a space outside": text.replace('"version":7', '"version": 7'),
    "an escape in a name": text.replace('"filling.7"', '"filling.7\\u0061"'),
    "a member more": text.replace(',"threshold":1}', ',"threshold":1,"x":1}'),
    "hash prefixes": text.replace('"paths":["zz/0/*","zz/0/x?"]', '"path_hash_prefixes":["00"]'),
    "no list at the beginning": text.replace('"roles":[{', '"roles":[ {'),
  };
  for (const [what, changed] of Object.entries(changes)) {
    assert.notEqual(changed, text, what);
    assert.equal(outlineOf(readTargets(utf8(changed))), undefined, what);
  }
  const many = Array.from({ length: MAX_PREFIXES + 1 }, (_, n) => roleNamed(`m-${n}`, [`${"p".repeat(n)}*`]));
  assert.equal(outlineOf(readTargets(await delegating(many))), undefined, "many lengths of prefixes");
  assert.ok(outlineOf(readTargets(await delegating(many.slice(0, MAX_PREFIXES - 2)))));
  assert.equal(outlineOf(readTargets(await sign.targets(makeTargets({ version: 1, expires: EXPIRES })))), undefined);
  assert.equal(outlineOf(readSnapshot(await sign.snapshot(snapshotOf(1, { targets: { version: 1 } })))), undefined);
  const snapshot = new TextDecoder().decode(await signMetadata(listing([]), [ONLINE]));
  assert.ok(outlineOf(readSnapshot(utf8(snapshot))));
  assert.equal(outlineOf(readSnapshot(utf8(snapshot.replace('"meta":{', '"meta":{ ')))), undefined);
});

test("an outline that does not fit the bytes, or is of another list, has the whole file read", async () => {
  const bytes = await delegating([roleNamed("a", ["a/*"])]);
  const outline = outlined(readTargets(bytes));
  const wrong: Outline[] = [
    { ...outline, start: outline.start + 1 },
    { ...outline, end: outline.end - 1 },
    { ...outline, end: bytes.length + 5 },
    { ...outline, start: 0 },
    { ...outline, list: "meta" },
  ];
  for (const each of wrong) assert.ok(delegationsOf(recallTargets(bytes, each)).roles instanceof Map);
  const snapshot = await signMetadata(listing([]), [ONLINE]);
  const meta = outlined(readSnapshot(snapshot));
  for (const each of [
    { ...meta, start: meta.start + 1 },
    { ...meta, list: "roles" as const },
  ]) {
    assert.equal(recallSnapshot(snapshot, each).signed.meta.size, 800);
  }
});

test("what was kept as JSON is an outline or nothing", () => {
  const outline: Outline = { list: "roles", start: 10, end: 20_000, prefixes: [0, 5], exact: true };
  assert.deepEqual(readOutline(JSON.parse(JSON.stringify(outline))), outline);
  const wrong = [
    undefined,
    null,
    "x",
    [],
    {},
    { ...outline, list: "keys" },
    { ...outline, start: -1 },
    { ...outline, start: 1.5 },
    { ...outline, end: 5 },
    { ...outline, end: "20000" },
    { ...outline, prefixes: 5 },
    { ...outline, prefixes: [-1] },
    { ...outline, prefixes: Array<number>(MAX_PREFIXES + 1).fill(1) },
    { ...outline, exact: 1 },
  ];
  for (const each of wrong) assert.equal(readOutline(each), undefined, JSON.stringify(each));
});

async function setWith(snapshot: Uint8Array, version: number): Promise<TrustedSet> {
  const set = TrustedSet.open(await sign.root(rootOf()), NOW);
  set.updateTimestamp(
    await sign.timestamp(timestampOf(1, { version, hashes: new Map([["sha256", sha256(snapshot)]]) })),
  );
  return set;
}

test("an outline alone excuses no signature, and a known one no digest, version or expiry", async () => {
  const forged = await signMetadata(listing(["targets"]), [STRANGER]);
  const outline = outlined(readSnapshot(forged));
  refused(
    (await setWith(forged, 3)).updateSnapshot.bind(await setWith(forged, 3), forged, { outline }),
    "TUF_SIGNATURE",
    /signed by 0/,
  );
  const known = { outline, signaturesKnown: true };
  const control = await setWith(forged, 3);
  assert.equal(control.updateSnapshot(forged, known).signed.meta.get("targets")?.version, 1);
  const [other, old] = [await setWith(utf8("other"), 3), await setWith(forged, 4)];
  refused(() => other.updateSnapshot(forged, known), "TUF_INTEGRITY", /sha256/);
  refused(() => old.updateSnapshot(forged, known), "TUF_VERSION", /version 3/);
  const late = TrustedSet.open(await sign.root(rootOf({ expires: EXPIRES * 2 })), EXPIRES);
  late.updateTimestamp(await sign.timestamp(timestampOf(1, { version: 3 }, EXPIRES * 2)));
  refused(() => late.updateSnapshot(forged, known), "TUF_EXPIRED", /expired/);
});

test("a newer snapshot is measured against a recalled one, entry by entry (TUF 5.5.5)", async () => {
  const own = await signMetadata(listing(["targets"]), [ONLINE]);
  const next = { ...listing(["targets"]), version: 4 };
  const missing = new Map(next.meta);
  missing.delete("filling.500");
  const back = new Map(next.meta).set("filling.500", { version: 500, length: 500, unknown: new Map() });
  for (const [meta, code] of [
    [missing, "TUF_ROLE"],
    [back, "TUF_VERSION"],
  ] as const) {
    const bytes = await signMetadata({ ...next, meta }, [ONLINE]);
    const set = await setWith(bytes, 4);
    const known = { trusted: true, signaturesKnown: true, outline: outlined(readSnapshot(own)) };
    refused(() => set.updateSnapshot(own, known), "TUF_VERSION", /not the 4/);
    refused(() => set.updateSnapshot(bytes), code, /filling.500/);
  }
});
