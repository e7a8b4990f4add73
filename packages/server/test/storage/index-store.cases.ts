import assert from "node:assert/strict";
import { test } from "node:test";
import type { IndexSettings, IndexStore } from "../../src/storage/index-store.ts";
import { DAY, HOUR, newFile, NOW, publication } from "../fixtures.ts";

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

  founded("settings and roles come back as they were founded", async (store) => {
    assert.deepEqual(await store.settings(), SETTINGS);
    assert.deepEqual(
      (await store.roles()).map(({ name, version }) => `${version}.${name}`),
      ["1.root", "1.snapshot", "1.targets", "1.timestamp"],
    );
    assert.equal(Buffer.from((await store.roleFile("targets", 1)) ?? []).toString(), "targets 1");
    assert.equal(await store.roleFile("targets", 2), undefined);
    const { version, bytes } = await store.timestamp();
    assert.deepEqual([version, Buffer.from(bytes).toString()], [1, "timestamp 1"]);
  });

  founded("there is one index for each store", async (store) => {
    await assert.rejects(store.found({ ...SETTINGS, name: "Other" }, publication(0)), { code: "FOLDER_NOT_EMPTY" });
    assert.equal((await store.settings())?.name, SETTINGS.name);
  });

  founded("an accepted file is not visible before it is published", async (store) => {
    assert.deepEqual(await store.accept([newFile("flask")]), [{ outcome: "accepted" }]);
    assert.equal(await store.visibleFiles("flask"), undefined);
    assert.deepEqual(await store.projects(), []);
    assert.deepEqual(await store.counts(), { projects: 0, files: 0, accepted: 1 });
    const [file] = await store.accepted(10);
    assert.equal(file?.publishedIn, undefined);
    assert.equal(await store.publish(publication(1, [file?.id ?? 0])), true);
    assert.deepEqual(await store.accepted(10), []);
    assert.deepEqual(await store.projects(), ["flask"]);
    const [visible] = (await store.visibleFiles("flask")) ?? [];
    assert.deepEqual({ ...visible, id: 0 }, { ...newFile("flask"), id: 0, publishedIn: 2 });
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
    await store.accept([full]);
    const { id: _id, publishedIn: _publishedIn, ...kept } = (await store.file("full", full.filename)) ?? { id: 0 };
    assert.deepEqual(kept, { ...full });
  });

  founded("the same file again is known, other content under its name a conflict", async (store) => {
    const file = newFile("flask");
    const other = { ...file, sha256: "ef".repeat(32) };
    const respelled = { ...file, filename: file.filename.toUpperCase() };
    assert.deepEqual(await store.accept([file, file, other, respelled, newFile("flask", "2.0")]), [
      { outcome: "accepted" },
      { outcome: "known" },
      { outcome: "conflict", filename: file.filename, sha256: file.sha256 },
      { outcome: "conflict", filename: file.filename, sha256: file.sha256 },
      { outcome: "accepted" },
    ]);
    assert.equal((await store.accepted(10)).length, 2);
  });

  founded("a publication on an old state changes nothing", async (store) => {
    await store.accept([newFile("flask")]);
    const [file] = await store.accepted(1);
    assert.equal(await store.publish(publication(1, [], ["targets"])), true);
    assert.equal(await store.publish(publication(1, [file?.id ?? 0], ["targets"])), false);
    assert.equal((await store.timestamp()).version, 2);
    assert.equal(await store.visibleFiles("flask"), undefined);
    assert.equal((await store.accepted(10)).length, 1);
  });

  founded("a publication is all or nothing", async (store) => {
    await store.accept([newFile("flask")]);
    const [file] = await store.accepted(1);
    await assert.rejects(store.publish(publication(1, [file?.id ?? 0, 999], ["targets"])));
    assert.equal((await store.timestamp()).version, 1);
    assert.equal(await store.roleFile("targets", 2), undefined);
    assert.equal(await store.visibleFiles("flask"), undefined);
  });

  founded("of publications at the same time one wins", async (store) => {
    const results = await Promise.all(Array.from({ length: 5 }, () => store.publish(publication(1))));
    assert.equal(results.filter(Boolean).length, 1);
    assert.equal((await store.timestamp()).version, 2);
  });

  founded("a shard's files are the visible ones and those that are named", async (store) => {
    await store.accept([newFile("b"), newFile("a"), newFile("a", "2.0"), newFile("c", "1.0", { shard: "f" })]);
    const all = await store.accepted(10);
    const idOf = (project: string, version: string): number =>
      all.find((file) => file.project === project && file.version === version)?.id ?? 0;
    const shard = newFile("a").shard;
    const inShard = async (...ids: number[]) =>
      (await store.filesOfShard(shard, new Set(ids))).map((file) => `${file.project} ${file.version}`);
    assert.deepEqual(await inShard(), []);
    assert.deepEqual(await inShard(idOf("a", "2.0")), ["a 2.0"]);
    await store.publish(publication(1, [idOf("a", "1.0")]));
    assert.deepEqual(await inShard(idOf("a", "2.0")), ["a 1.0", "a 2.0"]);
  });

  founded("it is known which projects changed since a publication", async (store) => {
    await store.accept([newFile("a"), newFile("b")]);
    const [a, b] = await store.accepted(2);
    await store.publish(publication(1, [a?.id ?? 0]));
    await store.publish(publication(2, [b?.id ?? 0]));
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

  founded("old versions go when they are swept, roots never, present ones never", async (store) => {
    await store.publish(publication(1, [], ["root", "targets"]));
    await store.publish(publication(2, [], ["targets"]));
    assert.notEqual(await store.roleFile("targets", 1), undefined);
    assert.equal(await store.roleFile("timestamp", 2), undefined);
    // Superseded at NOW + 1 h: version 1 of targets and snapshot; at NOW + 2 h: their version 2.
    assert.equal(await store.sweep(NOW + 2 * HOUR), 2);
    assert.equal(await store.roleFile("targets", 1), undefined);
    assert.notEqual(await store.roleFile("targets", 2), undefined);
    assert.equal(await store.sweep(NOW + 400 * DAY), 2);
    for (const name of ["targets", "snapshot"]) assert.notEqual(await store.roleFile(name, 3), undefined);
    for (const version of [1, 2]) assert.notEqual(await store.roleFile("root", version), undefined);
  });

  founded("many roles and files in one publication", async (store) => {
    const files = Array.from({ length: 150 }, (_, index) => newFile(`many-${index}`));
    await store.accept(files);
    const ids = (await store.accepted(1000)).map(({ id }) => id);
    const roles = Array.from({ length: 150 }, (_, index) => `unclaimed.${index.toString(16)}`);
    assert.equal(await store.publish(publication(1, ids, roles)), true);
    assert.equal((await store.projects()).length, 150);
    assert.equal((await store.roles()).length, 154);
    assert.equal(await store.publish(publication(2, [], roles)), true);
    assert.equal((await store.roles()).filter(({ version }) => version === 3).length, 152);
  });
}
