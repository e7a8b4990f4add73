import assert from "node:assert/strict";
import { test } from "node:test";
import type { IndexSettings, IndexStore, VisibleFile } from "../../src/storage/index-store.ts";
import { accept, DAY, HOUR, newFile, NOW, publication, SEAL } from "../fixtures.ts";

const SETTINGS: IndexSettings = {
  repositoryId: "ab".repeat(32),
  name: "Ünïcode & Söhne",
  publicUrl: "https://example.org/",
  profile: "public",
  shards: 16,
  createdAt: NOW,
};

/** One driver under test: a new, empty store for each case, which is closed by the case. */
export interface StoreDriver {
  readonly name: string;
  open(): Promise<IndexStore>;
}

/** The contract of {@link IndexStore}, case by case. Every driver passes all of them. */
export function indexStoreCases(driver: StoreDriver): void {
  const withStore = (what: string, body: (store: IndexStore) => Promise<void>): void => {
    test(`${driver.name}: ${what}`, async () => {
      const store = await driver.open();
      try {
        await body(store);
      } finally {
        await store.close();
      }
    });
  };
  const founded = (what: string, body: (store: IndexStore) => Promise<void>): void => {
    withStore(what, async (store) => {
      await store.found(SETTINGS, publication(0, [], ["root", "targets"]));
      await body(store);
    });
  };

  withStore("a new store holds no index", async (store) => {
    assert.equal(await store.settings(), undefined);
    assert.deepEqual(await store.roles(), []);
    await assert.rejects(async () => store.timestamp(), { code: "NO_INDEX" });
  });

  founded("claims are held in the place of those before, until their time", async (store) => {
    const many = new Map(Array.from({ length: 3000 }, (_, at) => [`project-${at}`, at + 1]));
    assert.equal(await store.heldClaim("project-7", NOW), undefined);
    await store.holdClaims(many, NOW + HOUR);
    assert.deepEqual([await store.heldClaim("project-7", NOW), await store.heldClaim("project-2999", NOW)], [8, 3000]);
    assert.equal(await store.heldClaim("project-7", NOW + HOUR), undefined);
    await store.holdClaims(new Map([["other", 2]]), NOW + HOUR);
    assert.deepEqual([await store.heldClaim("project-7", NOW), await store.heldClaim("other", NOW)], [undefined, 2]);
    await store.holdClaims(new Map(), 0);
    assert.equal(await store.heldClaim("other", NOW), undefined);
  });

  founded("settings and roles come back as they were founded", async (store) => {
    assert.deepEqual(await store.settings(), SETTINGS);
    assert.deepEqual(
      (await store.roles()).map(({ name, version }) => `${version}.${name}`),
      ["1.root", "1.snapshot", "1.targets", "1.timestamp"],
    );
    const asked = async (...names: string[]) => (await store.roles(names)).map(({ name }) => name);
    assert.deepEqual(await asked("targets", "absent", "root", "targets"), ["root", "targets"]);
    assert.deepEqual(await asked(), []);
    assert.equal(Buffer.from((await store.roleFile("targets", 1)) ?? []).toString(), "targets 1");
    assert.equal(await store.roleFile("targets", 2), undefined);
    const role = await store.role("targets");
    assert.deepEqual([role?.version, Buffer.from(role?.bytes ?? []).toString()], [1, "targets 1"]);
    assert.equal(await store.role("absent"), undefined);
    const { version, bytes } = await store.timestamp();
    assert.deepEqual([version, Buffer.from(bytes).toString()], [1, "timestamp 1"]);
  });

  founded("there is one index for each store", async (store) => {
    await assert.rejects(store.found({ ...SETTINGS, name: "Other" }, publication(0)), { code: "FOLDER_NOT_EMPTY" });
    assert.equal((await store.settings())?.name, SETTINGS.name);
  });

  founded("an accepted file is not visible before it is published", async (store) => {
    assert.deepEqual(await accept(store, [newFile("flask")]), [{ outcome: "accepted", transaction: 1 }]);
    assert.equal(await store.visibleFiles("flask"), undefined);
    assert.equal(await store.bytesOf("flask"), newFile("flask").length, "what waits has its room already");
    assert.equal(await store.bytesOf("absent"), 0);
    assert.deepEqual(await store.projects(), []);
    assert.deepEqual(await store.counts(), { projects: 0, files: 0, accepted: 1 });
    assert.equal((await store.file("flask", newFile("flask").filename))?.publishedIn, undefined);
    assert.equal(await store.publish(publication(1, await store.waiting(10))), true);
    assert.deepEqual(await store.waiting(10), []);
    assert.deepEqual(await store.projects(), ["flask"]);
    const published = { ...newFile("flask"), id: 0, publishedIn: 2, deletedIn: undefined };
    assert.deepEqual({ ...(await store.file("flask", published.filename)), id: 0 }, published);
    assert.deepEqual((await store.visibleFiles("flask"))?.map(pageRow), [pageRow(published)]);
    assert.deepEqual(await store.counts(), { projects: 1, files: 1, accepted: 0 });
  });

  founded("every field of a file is kept, and none is confused with another", async (store) => {
    const full = newFile("full", "2.0", {
      kind: "sdist",
      requiresPython: undefined,
      coreMetadata: "cd".repeat(32),
      yanked: "",
      adopted: false,
      length: 2 ** 40,
    });
    await accept(store, [full]);
    const {
      id: _id,
      publishedIn: _published,
      deletedIn: _deleted,
      ...kept
    } = (await store.file("full", full.filename)) ?? assert.fail();
    assert.deepEqual(kept, { ...full });
    await store.publish(publication(1, await store.waiting(10)));
    assert.deepEqual((await store.visibleFiles("full"))?.map(pageRow), [pageRow(full)]);
  });

  founded("the same file again is known, other content under its name a conflict", async (store) => {
    const file = newFile("flask");
    const other = { ...file, sha256: "ef".repeat(32) };
    const respelled = { ...file, filename: file.filename.toUpperCase() };
    assert.deepEqual(await accept(store, [file, file, other, respelled, newFile("flask", "2.0")]), [
      { outcome: "accepted", transaction: 1 },
      { outcome: "known" },
      { outcome: "conflict", filename: file.filename, sha256: file.sha256, deleted: false },
      { outcome: "conflict", filename: file.filename, sha256: file.sha256, deleted: false },
      { outcome: "accepted", transaction: 2 },
    ]);
    assert.equal((await store.waiting(10)).length, 2);
  });

  founded("a publication on an old state changes nothing", async (store) => {
    await accept(store, [newFile("flask")]);
    const waiting = await store.waiting(1);
    assert.equal(await store.publish(publication(1, [], ["targets"])), true);
    assert.equal(await store.publish(publication(1, waiting, ["targets"])), false);
    assert.equal((await store.timestamp()).version, 2);
    assert.equal(await store.visibleFiles("flask"), undefined);
    assert.equal((await store.waiting(10)).length, 1);
  });

  founded("a publication is all or nothing", async (store) => {
    await accept(store, [newFile("flask")]);
    const [flask = assert.fail()] = await store.waiting(1);
    await assert.rejects(store.publish(publication(1, [flask, { ...flask, id: 999 }], ["targets"])));
    assert.equal((await store.timestamp()).version, 1);
    assert.equal(await store.roleFile("targets", 2), undefined);
    assert.equal(await store.visibleFiles("flask"), undefined);
  });

  founded("of publications at the same time one wins", async (store) => {
    const results = await Promise.all(Array.from({ length: 5 }, () => store.publish(publication(1))));
    assert.equal(results.filter(Boolean).length, 1);
    assert.equal((await store.timestamp()).version, 2);
  });

  founded("a transaction is kept with what became of it, and is decided once", async (store) => {
    await accept(store, [newFile("a"), newFile("b"), newFile("a", "2.0")]);
    const [first, second] = await store.waiting(2);
    const base = publication(1, first === undefined ? [] : [first]);
    const refusal = { outcome: "refused", code: "FILE_LISTED", reason: "it is there" } as const;
    const decisions = [...base.decisions, { id: second?.id ?? 0, ...refusal }];
    assert.equal(await store.publish({ ...base, decisions }), true);
    assert.deepEqual((await store.transaction(1))?.outcome, { outcome: "published", publishedIn: 2 });
    const { reserves: _reserves, ...kept } = SEAL.seal(second ?? assert.fail(), { by: "operator", acceptedAt: NOW });
    assert.deepEqual(await store.transaction(2), {
      ...{ ...kept, nonce: second?.nonce, seal: second?.seal },
      ...{ id: 2, outcome: refusal, decidedAt: NOW + HOUR },
    });
    assert.deepEqual(
      (await store.waiting(10)).map(({ id }) => id),
      [3],
    );
    await assert.rejects(store.publish({ ...publication(2), decisions: [{ id: 1, outcome: "published" }] }));
    const ids = async (query: object) => (await store.transactions({ limit: 10, ...query })).map(({ id }) => id);
    assert.deepEqual(await ids({}), [1, 2, 3]);
    assert.deepEqual(await ids({ after: 1, limit: 1 }), [2]);
    assert.deepEqual(await ids({ project: "a" }), [1, 3]);
    assert.equal(await store.transaction(99), undefined);
  });

  founded("a refused transaction gives its names back, a decision alone moves no timestamp", async (store) => {
    const other = newFile("a", "1.0", { sha256: "ef".repeat(32) });
    await accept(store, [newFile("a")]);
    const refusal = { id: 1, outcome: "refused", code: "X", reason: "because" } as const;
    assert.equal(await store.publish({ ...publication(1), roles: [], decisions: [refusal] }), true);
    assert.equal((await store.timestamp()).version, 1);
    assert.equal(await store.file("a", other.filename), undefined);
    assert.deepEqual(await accept(store, [other]), [{ outcome: "accepted", transaction: 2 }]);
  });

  founded("a deleted file is gone from its page, and its name is never free again", async (store) => {
    const [one, two] = [newFile("a"), newFile("a", "2.0")];
    await accept(store, [one, two]);
    await store.publish(publication(1, await store.waiting(10)));
    const project = { project: "a", shard: one.shard, protection: "unclaimed" } as const;
    const gone = (filename: string) => ({ change: "delete", project: "a", filename }) as const;
    await store.publish({ ...publication(2), rows: [gone(one.filename)], projects: [project] });
    assert.deepEqual(
      (await store.visibleFiles("a"))?.map(({ filename }) => filename),
      [two.filename],
    );
    assert.equal((await store.file("a", one.filename))?.deletedIn, 3);
    assert.deepEqual(await accept(store, [one]), [
      { outcome: "conflict", filename: one.filename, sha256: one.sha256, deleted: true },
    ]);
    assert.deepEqual(await store.counts(), { projects: 1, files: 1, accepted: 0 });
    await store.publish({ ...publication(3), rows: [gone(two.filename)], projects: [project] });
    assert.equal(await store.visibleFiles("a"), undefined);
    assert.deepEqual(await store.projects(), []);
    assert.equal((await store.filesOf("a")).length, 2);
    assert.deepEqual(await store.changedSince(3), ["a"]);
  });

  founded("a listed file takes its new form and keeps the day it first stood", async (store) => {
    const file = newFile("a");
    await accept(store, [file]);
    await store.publish(publication(1, await store.waiting(10)));
    const list = { change: "list", file: { ...file, yanked: "broken" } } as const;
    await store.publish({ ...publication(2), rows: [list] });
    assert.equal((await store.visibleFiles("a"))?.[0]?.yanked, "broken");
    const yanked = await store.file("a", file.filename);
    assert.deepEqual([yanked?.yanked, yanked?.publishedIn], ["broken", 2]);
  });

  founded("a claimed project has a page without files", async (store) => {
    const project = { project: "a", shard: newFile("a").shard, protection: "recently-claimed" } as const;
    await store.publish({ ...publication(1), projects: [project] });
    assert.deepEqual(await store.visibleFiles("a"), []);
    assert.deepEqual(await store.projects(), ["a"]);
  });

  founded("it is known which projects changed since a publication", async (store) => {
    await accept(store, [newFile("a"), newFile("b")]);
    const [a = assert.fail(), b = assert.fail()] = await store.waiting(2);
    await store.publish(publication(1, [a]));
    await store.publish(publication(2, [b]));
    assert.deepEqual([...(await store.changedSince(0))].sort(), ["a", "b"]);
    assert.deepEqual(await store.changedSince(2), ["b"]);
    assert.deepEqual(await store.changedSince(3), []);
  });

  founded("the change mark differs after every commit and stays between them", async (store) => {
    const before = store.changeMark();
    assert.equal(store.changeMark(), before);
    await store.publish(publication(1));
    assert.notEqual(store.changeMark(), before);
  });

  founded("old versions go when they are swept, roots and owners' roles never, present ones never", async (store) => {
    await store.publish(publication(1, [], ["root", "targets", "p.a"]));
    await store.publish(publication(2, [], ["targets", "p.a"]));
    assert.notEqual(await store.roleFile("targets", 1), undefined);
    assert.equal(await store.roleFile("timestamp", 2), undefined);
    // Superseded at NOW + 1 h: version 1 of targets and snapshot; at NOW + 2 h: their version 2.
    assert.equal(await store.sweep(NOW + 2 * HOUR), 2);
    assert.equal(await store.roleFile("targets", 1), undefined);
    assert.notEqual(await store.roleFile("targets", 2), undefined);
    assert.equal(await store.sweep(NOW + 400 * DAY), 2);
    for (const name of ["targets", "snapshot"]) assert.notEqual(await store.roleFile(name, 3), undefined);
    for (const version of [1, 2]) assert.notEqual(await store.roleFile("root", version), undefined);
    assert.notEqual(await store.roleFile("p.a", 2), undefined);
  });

  founded("many roles and files in one publication", async (store) => {
    const files = Array.from({ length: 150 }, (_, index) => newFile(`many-${index}`));
    await accept(store, files);
    const waiting = await store.waiting(1000);
    const roles = Array.from({ length: 150 }, (_, index) => `unclaimed.${index.toString(16)}`);
    assert.equal(await store.publish(publication(1, waiting, roles)), true);
    assert.equal((await store.projects()).length, 150);
    assert.equal((await store.roles()).length, 154);
    assert.equal(await store.publish(publication(2, [], roles)), true);
    assert.equal((await store.roles()).filter(({ version }) => version === 3).length, 152);
  });
}

/** What a page is made of. */
function pageRow(file: VisibleFile): VisibleFile {
  const { filename, version, sha256, length, uploadTime, requiresPython, coreMetadata, yanked } = file;
  return { filename, version, sha256, length, uploadTime, requiresPython, coreMetadata, yanked };
}
