import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { ByteCache } from "../../src/http/byte-cache.ts";
import { PublishedCache } from "../../src/http/published.ts";
import { accept, makeRepository, newFile, publication } from "../fixtures.ts";
import { MemoryIndexStore } from "../storage/memory-store.ts";

test("the cache never holds more bytes than it may, and what it holds is what was put", () => {
  const step = fc.record({ key: fc.constantFrom("a", "b", "c", "d", "e"), size: fc.nat(60) });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const cache = new ByteCache<number>(200);
      const last = new Map<string, number>();
      for (const { key, size } of steps) {
        cache.set(key, size, size);
        last.set(key, size);
        assert.ok(cache.bytes <= 200 && cache.bytes >= 0);
        const kept = cache.get(key);
        assert.ok(kept === undefined ? size > 25 : kept === size);
      }
    }),
  );
});

test("what was asked for longest goes first", () => {
  const cache = new ByteCache<number>(80);
  for (let item = 0; item < 8; item += 1) cache.set(String(item), item, 10);
  cache.get("0");
  cache.set("8", 8, 10);
  assert.equal(cache.get("0"), 0);
  assert.equal(cache.get("1"), undefined);
});

const made = await makeRepository();

async function published(): Promise<{ store: MemoryIndexStore; cache: PublishedCache; publish: () => Promise<void> }> {
  const store = new MemoryIndexStore();
  await store.found(made.settings, made.publication);
  let version = 1;
  const publish = async (): Promise<void> => {
    await accept(store, [newFile("flask", `1.${version}`)]);
    await store.publish(publication(version, await store.waiting(10)));
    version += 1;
  };
  const cache = new PublishedCache(store, 1_000_000);
  await cache.catchUp();
  return { store, cache, publish };
}

test("a value is made once, however many ask at once, and anew after a publication of its project", async () => {
  const { cache, publish } = await published();
  let times = 0;
  const make = () => Promise.resolve({ value: (times += 1), size: 10 });
  const ask = (project: string) => Promise.resolve(cache.ofProject(project, "json", make));
  assert.deepEqual(await Promise.all([ask("flask"), ask("flask"), ask("flask")]), [1, 1, 1]);
  assert.equal(await ask("other"), 2);
  assert.equal(cache.catchUp(), undefined, "nothing to wait for");
  await publish();
  await cache.catchUp();
  assert.equal(await ask("flask"), 3);
  assert.equal(await ask("other"), 2, "the publication did not touch it");
});

test("after a publication a large page that was asked for is made anew at once; a small one, or one unasked, is not", async () => {
  const { store, publish } = await published();
  const cache = new PublishedCache(store, 10_000_000);
  await cache.catchUp();
  const times = { json: 0, html: 0 };
  const ask = (kind: "json" | "html", size: number) =>
    Promise.resolve(cache.ofProject("flask", kind, () => Promise.resolve({ value: (times[kind] += 1), size })));
  assert.deepEqual([await ask("json", 300_000), await ask("html", 200_000)], [1, 1]);
  await publish();
  await cache.catchUp();
  assert.deepEqual(times, { json: 2, html: 1 });
  await publish();
  await cache.catchUp();
  assert.deepEqual(times, { json: 2, html: 1 }, "nobody asked since");
  assert.equal(await ask("json", 300_000), 3);
});

test("an empty cache asks nobody what has changed; what is made meanwhile is not kept", async () => {
  const { store, publish } = await published();
  const cache = new PublishedCache(store, 1_000_000);
  let asked = 0;
  const changedSince = store.changedSince.bind(store);
  store.changedSince = (version) => {
    asked += 1;
    return changedSince(version);
  };
  await cache.catchUp();
  assert.equal(asked, 0, "a server that starts has kept nothing");
  const gate = Promise.withResolvers<undefined>();
  const make = (value: string) => () => gate.promise.then(() => ({ value, size: 10 }));
  const old = Promise.resolve(cache.ofProject("flask", "json", make("old")));
  await publish();
  await cache.catchUp();
  gate.resolve(undefined);
  assert.equal(await old, "old");
  assert.equal(await cache.ofProject("flask", "json", make("new")), "new");
  await publish();
  await cache.catchUp();
  assert.equal(asked, 1);
});

test("a page whose making anew fails is made for whoever asks next", async () => {
  const { store, publish } = await published();
  const cache = new PublishedCache(store, 10_000_000);
  await cache.catchUp();
  let fails = false;
  const make = () => (fails ? Promise.reject(new Error("disk")) : Promise.resolve({ value: "page", size: 300_000 }));
  const ask = async () => cache.ofProject("flask", "json", make);
  await ask();
  fails = true;
  await publish();
  await cache.catchUp();
  await assert.rejects(ask, /disk/);
  fails = false;
  assert.equal(await ask(), "page");
});

test("a value that was begun before a publication is not kept after it", async () => {
  const { cache, publish } = await published();
  const gate = Promise.withResolvers<undefined>();
  const old = Promise.resolve(
    cache.ofProject("flask", "json", async () => {
      await gate.promise;
      return { value: "old", size: 3 };
    }),
  );
  await publish();
  await cache.catchUp();
  const fresh = () =>
    Promise.resolve(cache.ofProject("flask", "json", () => Promise.resolve({ value: "new", size: 3 })));
  assert.equal(await fresh(), "new", "nobody joins the old one");
  gate.resolve(undefined);
  assert.equal(await old, "old");
  assert.equal(await fresh(), "new");
});

test("a store that fails while it is asked for changes is asked again", async () => {
  const { store, cache, publish } = await published();
  await publish();
  const timestamp = store.timestamp.bind(store);
  store.timestamp = () => Promise.reject(new Error("busy"));
  await assert.rejects(Promise.resolve(cache.catchUp()), /busy/);
  store.timestamp = timestamp;
  assert.notEqual(cache.catchUp(), undefined);
  await cache.catchUp();
});
