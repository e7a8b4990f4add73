import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { filesPayload } from "@countermark/repository";
import { readTimestamp } from "@countermark/tuf";
import { PublisherLock } from "../../src/publisher/lock.ts";
import { releaseFile } from "../../src/publisher/release-file.ts";
import type { IndexStore } from "../../src/storage/index-store.ts";
import type { StoredTransaction } from "../../src/storage/transactions.ts";
import { accept, DAY, makeRepository, newFile, NOW, SEAL } from "../fixtures.ts";
import type { MemoryIndexStore } from "../storage/memory-store.ts";
import { bench, folder, publisherOf, verified } from "./bench.ts";

const FLASK = newFile("flask");

test("an accepted file is listed by a verifier after one step, and there is nothing left to do", async () => {
  const { store, publisher } = await bench();
  assert.deepEqual(await publisher.step(), { decisions: [], signed: 0 });
  await accept(store, [FLASK, newFile("flask", "2.0"), newFile("other")]);
  const step = await publisher.step();
  assert.equal(step.decisions.length, 3);
  assert.deepEqual(await verified(store, "flask", NOW), [FLASK.filename, newFile("flask", "2.0").filename]);
  assert.deepEqual(await verified(store, "absent", NOW), []);
  assert.deepEqual(await publisher.step(), { decisions: [], signed: 0 });
});

test("only the bins of new files are signed, with snapshot and timestamp", async () => {
  const { store, publisher } = await bench();
  await accept(store, [FLASK]);
  await publisher.step();
  const changed = (await store.roles()).filter(({ version }) => version === 2).map(({ name }) => name);
  assert.deepEqual(changed, ["snapshot", "timestamp", `unclaimed.${FLASK.shard}`]);
});

test("files published earlier stay in their bin", async () => {
  const { store, publisher } = await bench();
  await accept(store, [FLASK]);
  await publisher.run();
  await accept(store, [newFile("flask", "2.0")]);
  await publisher.run();
  assert.equal((await verified(store, "flask", NOW)).length, 2);
});

test("a quiet index signs a timestamp alone when half of its life is over", async () => {
  const { store, publisher, clock } = await bench();
  const due = await publisher.nextRenewal();
  assert.equal(due, NOW + 1.5 * DAY);
  clock.now = due;
  assert.equal((await publisher.step()).signed, 0, "not before it is due");
  clock.now = due + 1;
  assert.equal((await publisher.step()).signed, 1);
  const { version } = readTimestamp((await store.timestamp()).bytes).signed.snapshot;
  assert.equal(version, 1);
  assert.ok((await publisher.nextRenewal()) > clock.now + DAY);
});

test("after a month of sleep one run makes everything valid again", async () => {
  const { store, publisher, clock } = await bench();
  await accept(store, [FLASK]);
  await publisher.run();
  clock.now = NOW + 30 * DAY;
  await assert.rejects(verified(store, "flask", clock.now), { code: "TUF_EXPIRED" });
  await publisher.run();
  assert.deepEqual(await verified(store, "flask", clock.now), [FLASK.filename]);
  assert.deepEqual(await publisher.step(), { decisions: [], signed: 0 });
});

test("versions go up by exactly one at every step of three months", async () => {
  const { store, publisher, clock } = await bench();
  let before = new Map((await store.roles()).map(({ name, version }) => [name, version]));
  for (let day = 0; day < 90; day += 1) {
    clock.now += DAY;
    if (day % 30 === 0) await accept(store, [newFile("flask", `1.${day}`)]);
    await publisher.step();
    const present = new Map((await store.roles()).map(({ name, version }) => [name, version]));
    for (const [name, version] of present) assert.ok(version - (before.get(name) ?? 0) <= 1, name);
    before = present;
    assert.ok((await verified(store, "flask", clock.now)).length > 0 || day === 0);
  }
});

test("superseded files go after some days, never what the present snapshot names", async () => {
  const { store, publisher, clock } = await bench();
  await accept(store, [FLASK]);
  await publisher.run();
  assert.notEqual(await store.roleFile("snapshot", 1), undefined);
  clock.now += 2 * DAY;
  await publisher.run();
  assert.notEqual(await store.roleFile("snapshot", 1), undefined, "a mirror may still hand it out");
  clock.now += 2 * DAY;
  await publisher.run();
  assert.equal(await store.roleFile("snapshot", 1), undefined);
  assert.deepEqual(await verified(store, "flask", clock.now), [FLASK.filename]);
  assert.notEqual(await store.roleFile("root", 1), undefined);
});

// Every write of a publication, failing before and after it took effect; then the next start goes on.
for (const fault of ["failed", "failed-but-persisted"] as const) {
  for (const write of [0, 1]) {
    test(`write ${write} of a publication ${fault}: the next start finishes`, async () => {
      const { store, publisher, clock } = await bench();
      await accept(store, [FLASK]);
      store.failNext(...Array<undefined>(write), fault);
      await assert.rejects(publisher.step(), { code: "IO" });
      const visible = await store.visibleFiles("flask");
      assert.deepEqual(
        (await verified(store, "flask", NOW)).length,
        visible?.length ?? 0,
        "what pages show is what is signed",
      );
      await publisherOf(store, clock).run();
      assert.deepEqual(await verified(store, "flask", NOW), [FLASK.filename]);
      assert.equal((await store.visibleFiles("flask"))?.length, 1);
      assert.equal((await store.counts()).accepted, 0);
    });
  }
}

test("publishers without a common lock race, and nothing is lost or doubled", async () => {
  const { store, clock } = await bench();
  const files = Array.from({ length: 20 }, (_, index) => newFile(`project-${index}`));
  const work = async (part: readonly (typeof FLASK)[]): Promise<void> => {
    const publisher = publisherOf(store, clock);
    for (const file of part) {
      await accept(store, [file]);
      await publisher.run();
    }
  };
  await Promise.all([work(files.slice(0, 10)), work(files.slice(10))]);
  for (const file of files) assert.deepEqual(await verified(store, file.project, NOW), [file.filename]);
});

test("the lock is held by one at a time, across two handles of one file", async () => {
  const path = join(folder, "shared.lock");
  const [first, second] = [new PublisherLock(path), new PublisherLock(path)];
  let holders = 0;
  const work = async (): Promise<void> => {
    assert.equal((holders += 1), 1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    holders -= 1;
  };
  await Promise.all(Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? first : second).hold(work)));
});

test("the lock is given back by work that fails", async () => {
  const lock = new PublisherLock(join(folder, "failing.lock"));
  await assert.rejects(
    lock.hold(() => Promise.reject(new Error("work"))),
    { message: "work" },
  );
  assert.equal(await lock.hold(() => Promise.resolve(1)), 1);
});

/** A store to which somebody else has written: some of its answers are theirs. */
function tampered(store: MemoryIndexStore, theirs: Partial<IndexStore>): IndexStore {
  return new Proxy<IndexStore>(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(theirs, name) ?? Reflect.get(target, name);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

// Whoever can write to the database alone: each of their transactions is refused, and the one beside it is published.
const forgeries: Record<string, (seen: StoredTransaction) => Partial<StoredTransaction>> = {
  "of a file that nobody took in": () => ({ payload: filesPayload("flask", [releaseFile(newFile("flask", "9.9"))]) }),
  "turned into a deletion": () => ({ kind: "delete", payload: Buffer.from('{"reason":""}') }),
  "moved to another project": () => ({ project: "other" }),
  "with another seal": () => ({ seal: "00".repeat(32) }),
  "without a seal": () => ({ seal: "" }),
  "of another person": () => ({ by: "somebody" }),
};
for (const [what, change] of Object.entries(forgeries)) {
  test(`a transaction ${what} is refused, and those beside it are published`, async () => {
    const { store, clock, publisher } = await bench();
    await accept(store, [FLASK]);
    await publisher.run();
    await accept(store, [newFile("flask", "2.0"), newFile("flask", "3.0")]);
    const [first = assert.fail(), ...others] = await store.waiting(10);
    const theirs = tampered(store, {
      waiting: async () =>
        (await store.waiting(10)).map((each) => (each.id === first.id ? { ...each, ...change(each) } : each)),
    });
    await publisherOf(theirs, clock).run();
    const outcome = (await store.transaction(first.id))?.outcome;
    assert.equal(outcome?.outcome === "refused" ? outcome.code : "", "TRANSACTION_FORGED");
    assert.equal((await store.transaction(others[0]?.id ?? 0))?.outcome?.outcome, "published");
    assert.deepEqual(await verified(store, "flask", NOW), [FLASK.filename, newFile("flask", "3.0").filename]);
  });
}

test("a transaction does not replace what was signed", async () => {
  const { store, publisher } = await bench();
  await accept(store, [FLASK]);
  await publisher.run();
  // As a row of that name would allow it, had somebody taken it away.
  const payload = filesPayload("flask", [releaseFile({ ...FLASK, sha256: "0".repeat(64) })]);
  await store.submit([SEAL.seal({ kind: "files", project: "flask", payload }, { by: "operator", acceptedAt: NOW })]);
  assert.deepEqual(await publisher.outcomeOf(2), {
    outcome: "refused",
    code: "FILE_LISTED",
    reason: `${FLASK.filename} is listed already`,
  });
  assert.equal((await store.file("flask", FLASK.filename))?.sha256, FLASK.sha256);
});

test("an accepted file whose content is not in the store is refused, and the others are published", async () => {
  const { store, publisher } = await bench();
  const cut = newFile("flask", "2.0", { length: FLASK.length + 1 });
  await accept(store, [cut, FLASK]);
  await publisher.run();
  const outcome = await publisher.outcomeOf(1);
  assert.equal(outcome.outcome === "refused" ? outcome.code : "", "BLOB_MISSING");
  assert.deepEqual(await verified(store, "flask", NOW), [FLASK.filename]);
  assert.equal(await store.file("flask", cut.filename), undefined, "its name is free again");
});

test("a role in the database that this index did not sign is not signed anew", async () => {
  const stranger = await makeRepository();
  const shard = `unclaimed.${FLASK.shard}`;
  for (const name of ["status", `status.${FLASK.shard}`, "recently-claimed", shard]) {
    const { store, clock } = await bench();
    const forged = stranger.first.roles.find((role) => role.name === name) ?? assert.fail();
    const theirs = tampered(store, {
      roleFile: (role, version) => (role === name ? Promise.resolve(forged.bytes) : store.roleFile(role, version)),
    });
    clock.now = NOW + 30 * DAY;
    await assert.rejects(publisherOf(theirs, clock).run(), { code: "DATA_DAMAGED" }, name);
  }
});

test("an older version of a bin does not come back", async () => {
  const { store, clock, publisher } = await bench();
  await accept(store, [FLASK]);
  await publisher.run();
  const theirs = tampered(store, {
    roleFile: (role, version) => store.roleFile(role, role.startsWith("unclaimed.") ? 1 : version),
  });
  clock.now = NOW + 30 * DAY;
  await assert.rejects(publisherOf(theirs, clock).run(), { code: "DATA_DAMAGED" });
});
