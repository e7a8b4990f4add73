/* A restored index is accepted by whoever has seen the last one; a naive copy of the backup is not, which is the control. */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { makeRoleFile, makeSharding, projectPattern, publish, shardOf } from "@countermark/repository";
import { makeDelegations, makeTargets, TrustedSet } from "@countermark/tuf";
import { makeWheel } from "../../../../test/harness/distributions/distributions.ts";
import { Scope } from "../../../../test/harness/scope.ts";
import { backUp } from "../../src/backup/backup.ts";
import { restore, type Restored } from "../../src/backup/restore.ts";
import { sourceOf } from "../../src/backup/sources.ts";
import { stateFile } from "../../src/ceremony/propose.ts";
import { renewIndex } from "../../src/ceremony/renew.ts";
import { openIndex, type OpenIndex } from "../../src/data-folder.ts";
import { ask, importInto, testIndex, type TestIndex } from "../serving.ts";
import { writeDistributions } from "../../../../test/harness/distributions/distributions.ts";
import { newKey } from "../../src/signing/key-file.ts";
import { DAY, HOUR, NOW, SHARDS } from "../fixtures.ts";

const scope = new Scope();
after(() => scope.end());
const STATE = `flask unclaimed ${"ab".repeat(32)}\n`;
const wheel = (name: string) => makeWheel({ name, version: "1.0" });

/** What a client keeps of an index: its last top-level files. */
interface Seen {
  readonly root: Uint8Array;
  readonly timestamp: Uint8Array;
  readonly snapshot: Uint8Array;
}

/** The client workflow against an index, measured against what was seen before (TUF 5.3 to 5.5). */
async function refresh(index: OpenIndex, now: number, seen?: Seen): Promise<Seen> {
  const set = TrustedSet.open(seen?.root ?? (await roleOf(index, "root", 1)), now);
  for (let next: Uint8Array | undefined; ; set.updateRoot(next)) {
    next = await index.store.roleFile("root", set.root.signed.version + 1);
    if (next === undefined) break;
  }
  const { bytes } = await index.store.timestamp();
  if (seen !== undefined) set.updateTimestamp(seen.timestamp);
  const { version } = set.updateTimestamp(bytes).signed.snapshot;
  // The own snapshot is outdated, and remembered for that.
  if (seen !== undefined)
    assert.throws(() => set.updateSnapshot(seen.snapshot, { trusted: true }), { code: "TUF_VERSION" });
  const snapshot = await roleOf(index, "snapshot", version);
  set.updateSnapshot(snapshot);
  return { root: set.root.bytes, timestamp: bytes, snapshot };
}

async function roleOf(index: OpenIndex, name: string, version: number): Promise<Uint8Array> {
  const bytes = await index.store.roleFile(name, version);
  assert.ok(bytes !== undefined, `${version}.${name}`);
  return bytes;
}

interface Scene {
  readonly made: TestIndex;
  readonly backup: string;
  readonly url: string;
  /** What a client has seen after the backup. */
  readonly seen: Seen;
}

/** An index with `flask`, backed up; then `rich` came in, and a client has seen that. */
async function scene(after?: (made: TestIndex) => Promise<unknown>): Promise<Scene> {
  const made = await testIndex(scope);
  await made.import([wheel("flask")]);
  writeFileSync(stateFile(made.data), STATE);
  const backup = join(made.folder, "backup");
  await backUp(made.data, backup, { link: false, verify: false });
  made.clock.now = NOW + HOUR;
  await made.import([wheel("rich")]);
  await after?.(made);
  const { url } = await made.serve();
  return { made, backup, url, seen: await refresh(made.index, NOW + HOUR) };
}

let count = 0;
async function restoring(
  { made, backup }: Scene,
  published: readonly string[],
  now = NOW + 2 * HOUR,
): Promise<{ index: OpenIndex; data: string; restored: Restored }> {
  const data = join(made.folder, `restored-${(count += 1)}`);
  const sources = published.map(sourceOf);
  const restored = await restore(backup, data, { sources, unseen: published.length === 0, clock: () => now });
  const index = await openIndex(data);
  scope.after(() => index.store.close());
  return { index, data, restored };
}

async function importMore(index: OpenIndex, folder: string, name: string, now: number): Promise<void> {
  const outcomes = await importInto(
    index,
    writeDistributions(join(folder, `more-${(count += 1)}`), [wheel(name)]),
    () => now,
  );
  assert.deepEqual(
    outcomes.map(({ outcome }) => outcome),
    ["published"],
  );
}

test("control: whoever has seen more refuses a backup that is served as it is", async () => {
  const { made, backup, seen } = await scene();
  const naive = join(made.folder, "naive");
  cpSync(backup, naive, { recursive: true });
  cpSync(join(naive, "backup.sqlite"), join(naive, "index.sqlite"));
  const index = await openIndex(naive);
  scope.after(() => index.store.close());
  await assert.rejects(refresh(index, NOW + HOUR, seen), { code: "TUF_VERSION" });
});

test("from the old index: everything comes back, nobody sees it go back, and publishing goes on", async () => {
  const at = await scene();
  const { index, data, restored } = await restoring(at, [at.url]);
  assert.deepEqual([restored.lost, restored.old, restored.findings], [[], [], []]);
  assert.equal(restored.files, 1);
  assert.deepEqual(await index.store.projects(), ["flask", "rich"]);
  const now = NOW + 2 * HOUR;
  const seen = await refresh(index, now, at.seen);
  await importMore(index, at.made.folder, "six", now);
  await refresh(index, now, seen);
  assert.ok(data !== at.made.data);
  // Without it the holders of the offline keys would refuse every bundle to come.
  assert.equal(readFileSync(stateFile(data), "utf8"), STATE);
});

test("by the clock alone: the content of the backup, above every version that was seen", async () => {
  const at = await scene();
  const { index, restored } = await restoring(at, []);
  assert.deepEqual(await index.store.projects(), ["flask"]);
  assert.ok(restored.jump > HOUR);
  const now = NOW + 2 * HOUR;
  const seen = await refresh(index, now, at.seen);
  await importMore(index, at.made.folder, "six", now);
  await refresh(index, now, seen);
});

test("from a kept timestamp and snapshot: what nobody has is named, and a stale copy does not lower any version", async () => {
  const at = await scene();
  const folder = join(at.made.folder, "kept");
  mkdirSync(folder);
  writeFileSync(join(folder, "timestamp.json"), at.seen.timestamp);
  writeFileSync(join(folder, "snapshot.json"), at.seen.snapshot);
  // Afterwards the index went on, and another client has seen that.
  at.made.clock.now = NOW + 2 * HOUR;
  await at.made.import([wheel("six")]);
  const later = await refresh(at.made.index, NOW + 2 * HOUR);
  const { index, restored } = await restoring(at, [folder], NOW + 3 * HOUR);
  assert.match(restored.old.join(), /^unclaimed\.[0-9a-f]$/);
  assert.deepEqual(await index.store.projects(), ["flask"]);
  await refresh(index, NOW + 3 * HOUR, at.seen);
  await refresh(index, NOW + 3 * HOUR, later);
});

test("a ceremony after the backup is taken over from a source, and missed where there is none", async () => {
  const at = await scene(({ data, keys, clock }) => renewIndex(data, keys, () => clock.now));
  const { index, restored } = await restoring(at, [at.url]);
  assert.ok(restored.fetched.includes("root 2") && restored.fetched.includes("targets"));
  await refresh(index, NOW + 2 * HOUR, at.seen);
  const folder = join(at.made.folder, "kept");
  mkdirSync(folder);
  writeFileSync(join(folder, "timestamp.json"), at.seen.timestamp);
  writeFileSync(join(folder, "snapshot.json"), at.seen.snapshot);
  writeFileSync(join(folder, "2.root.json"), at.seen.root);
  await assert.rejects(restoring(at, [folder]), { code: "RESTORE_CEREMONY" });
});

const owner = newKey("owner");

/** Publishes what a developer has signed, as the publisher does it: `x`, claimed, whose `r.x` has this version. */
async function developerPublishes({ index, clock }: TestIndex, version: number): Promise<void> {
  const sharding = makeSharding(SHARDS);
  const [shard, pattern, now] = [shardOf(sharding, "x"), projectPattern("x"), clock.now];
  const by = (name: string) => ({
    keys: [owner.signer.publicKey],
    roles: [
      {
        name,
        paths: [pattern],
        terminating: true,
        keyIds: [owner.signer.publicKey.keyId],
        threshold: 1,
        unknown: new Map(),
      },
    ],
  });
  const claims = { targets: new Map(), unknown: new Map(), delegations: makeDelegations(by("p.x")) };
  const common = { version, expires: now + 1000 * DAY };
  const p = await makeRoleFile("p.x", makeTargets({ ...common, delegations: makeDelegations(by("r.x")) }), [
    owner.signer,
  ]);
  const r = await makeRoleFile("r.x", makeTargets(common), [owner.signer]);
  const records = await index.store.roles();
  const versionOf = (name: string): number => records.find((role) => role.name === name)?.version ?? 0;
  const { signers, lifetimes } = index;
  const listed = records.filter(({ name }) => !["root", "snapshot", "timestamp"].includes(name));
  const state = {
    roles: new Map(listed.map((role) => [role.name, role])),
    snapshotVersion: versionOf("snapshot"),
    timestampVersion: versionOf("timestamp"),
  };
  const contents = new Map([[`recently-claimed.${shard}`, claims]]);
  const { roles, snapshot, timestamp } = await publish({ state, contents, signed: [p, r], signers, lifetimes, now });
  const project = { project: "x", shard, protection: "recently-claimed" } as const;
  const publication = { basedOn: versionOf("timestamp"), at: now, roles: [...roles, snapshot, timestamp] };
  assert.ok(await index.store.publish({ ...publication, decisions: [], rows: [], projects: [project] }));
}

test("a developer's roles come from a source, else they are named as lost and nothing else suffers", async () => {
  const at = await scene((made) => developerPublishes(made, 1));
  const whole = await restoring(at, [at.url]);
  assert.deepEqual([whole.restored.fetched, whole.restored.lost], [["p.x", "r.x"], []]);
  assert.deepEqual(await whole.index.store.projects(), ["flask", "rich", "x"]);

  const folder = join(at.made.folder, "kept");
  mkdirSync(folder);
  writeFileSync(join(folder, "timestamp.json"), at.seen.timestamp);
  writeFileSync(join(folder, "snapshot.json"), at.seen.snapshot);
  const { index, restored } = await restoring(at, [folder]);
  assert.deepEqual(restored.lost, ["p.x", "r.x"]);
  assert.ok(restored.findings.every(({ kind, subject }) => kind === "role-missing" && /^[pr]\.x$/.test(subject)));
  assert.equal(await index.store.roleFile("r.x", 1), undefined);
  const now = NOW + 2 * HOUR;
  const seen = await refresh(index, now, at.seen);
  await importMore(index, at.made.folder, "six", now);
  await refresh(index, now, seen);
});

test("nothing is restored where it would be refused, or from another index", async () => {
  const [at, other] = [await scene(), await scene()];
  const to = (name: string) => join(at.made.folder, name);
  const plain = { sources: [], unseen: false, clock: () => NOW + DAY };
  await assert.rejects(restore(at.backup, to("a"), plain), { code: "RESTORE_UNSEEN" });
  await assert.rejects(restoring(at, [other.url]), { code: "BACKUP_OTHER" });
  await assert.rejects(restore(at.made.folder, to("b"), { ...plain, unseen: true }), { code: "BACKUP" });
  await assert.rejects(restore(at.backup, at.made.data, { ...plain, unseen: true }), { code: "FOLDER_NOT_EMPTY" });
  await assert.rejects(restore(at.backup, join(at.backup, "data"), { ...plain, unseen: true }), { code: "USAGE" });
  const blob = join(at.backup, "blobs");
  assert.equal((await ask(at.url, "/simple/")).status, 200, blob);
});
