import assert from "node:assert/strict";
import { test } from "node:test";
import type { NameRule, NameStore } from "../../src/names/name-store.ts";
import { NOW } from "../fixtures.ts";

/** One driver under test. `close` is called at the end of each case. */
export interface NameStoreDriver {
  readonly name: string;
  /** A store without rules, beside the accounts `ann` and `bob`, files of `imported`, and `owned`, which has only a member. */
  open(): Promise<{ readonly store: NameStore; readonly close: () => Promise<void> }>;
}

const rule = (kind: NameRule["kind"], name: string, more: Partial<NameRule> = {}): NameRule => ({
  ...{ kind, name, exact: false, imports: false, accounts: [], note: "", since: NOW },
  ...more,
});
const [ANN, BOB] = [{ account: "ann" }, { account: "bob" }];
const SHARD = "0";

/** The contract of {@link NameStore}, case by case. Every driver passes all of them. */
export function nameStoreCases(driver: NameStoreDriver): void {
  const withStore = (what: string, body: (store: NameStore) => Promise<void>): void => {
    test(`${driver.name}: ${what}`, async () => {
      const { store, close } = await driver.open();
      try {
        await body(store);
      } finally {
        await close();
      }
    });
  };
  const codeOf = async (store: NameStore, project: string, by: typeof ANN | "operator" = ANN): Promise<string> =>
    (await store.barOf(project, by))?.code ?? "free";

  withStore(
    "rules are kept as they were put, sorted by name; of one name there may be one of each kind",
    async (store) => {
      assert.deepEqual(await store.rules(), []);
      const rules = [
        rule("prohibited", "acme", { exact: true, note: "theirs" }),
        rule("reserved", "acme", { imports: true, accounts: ["ann", "bob"], note: "ours", since: NOW + 1 }),
        rule("reserved", "zeta", { exact: true }),
      ];
      for (const one of rules.toReversed()) assert.equal(await store.put(one), "put");
      assert.deepEqual(await store.rules(), rules);
    },
  );

  withStore("a rule that is there gets the accounts added, and the rest replaced", async (store) => {
    await store.put(rule("reserved", "acme", { accounts: ["bob"], note: "first" }));
    const second = rule("reserved", "acme", { exact: true, imports: true, note: "second", since: NOW + 1 });
    await store.put({ ...second, accounts: ["ann"] });
    await store.put({ ...second, accounts: ["ann"] });
    assert.deepEqual(await store.rules(), [{ ...second, accounts: ["ann", "bob"] }]);
  });

  withStore("a grant to nobody changes nothing", async (store) => {
    await store.put(rule("reserved", "acme", { note: "as it was" }));
    const before = await store.rules();
    const wanted = rule("reserved", "acme", { accounts: ["ann", "nobody"], note: "new" });
    assert.equal(await store.put(wanted), "no-account");
    assert.equal(await store.put({ ...wanted, name: "other" }), "no-account");
    assert.deepEqual(await store.rules(), before);
  });

  withStore("what is removed is gone with its grants, and the other kind stays", async (store) => {
    await store.put(rule("prohibited", "acme"));
    await store.put(rule("reserved", "acme", { accounts: ["ann"] }));
    assert.equal(await store.remove("reserved", "acme"), true);
    assert.equal(await store.remove("reserved", "acme"), false);
    assert.equal(await store.remove("prohibited", "never"), false);
    assert.deepEqual(await store.rules(), [rule("prohibited", "acme")]);
    await store.put(rule("reserved", "acme"));
    assert.deepEqual((await store.rules())[1]?.accounts, [], "grants do not come back");
  });

  withStore("rules hold for whoever begins, and never for what is there", async (store) => {
    await store.put(rule("reserved", "acme", { accounts: ["bob"] }));
    await store.put(rule("prohibited", "asyncio", { exact: true }));
    for (const name of ["imported", "owned"]) await store.put(rule("prohibited", name, { exact: true }));
    assert.equal(await codeOf(store, "acme-x"), "NAME_RESERVED");
    assert.equal(await codeOf(store, "acme-x", "operator"), "NAME_RESERVED");
    assert.equal(await codeOf(store, "acme-x", BOB), "free");
    assert.equal(await codeOf(store, "async-io"), "NAME_PROHIBITED");
    assert.equal(await codeOf(store, "1mported"), "NAME_PROHIBITED");
    assert.deepEqual([await codeOf(store, "imported"), await codeOf(store, "owned")], ["free", "free"]);
    assert.equal(await codeOf(store, "asyncio-x"), "free");
    assert.equal(await store.barOf("asyncio-x", ANN), undefined, "asking takes nothing");
    assert.equal(await codeOf(store, "asynci0-x"), "free");
  });

  withStore("a name looks like one with files, one with a member, and one that was begun", async (store) => {
    assert.equal(await codeOf(store, "lmported"), "NAME_CONFUSABLE");
    assert.equal(await codeOf(store, "0wned"), "NAME_CONFUSABLE");
    assert.equal(await store.begin("fresh-io", SHARD, ANN), undefined);
    assert.equal(await store.begin("fresh-io", SHARD, BOB), undefined, "it is there");
    const bar = await store.begin("freshi0", SHARD, BOB);
    assert.equal(bar?.code, "NAME_CONFUSABLE");
    assert.match(bar.reason, /fresh-io/);
  });

  withStore("a name that is barred is not taken", async (store) => {
    await store.put(rule("reserved", "acme"));
    assert.equal((await store.begin("acme", SHARD, ANN))?.code, "NAME_RESERVED");
    assert.equal(await store.remove("reserved", "acme"), true);
    assert.equal(await store.begin("acme", SHARD, BOB), undefined);
    await store.put(rule("reserved", "acme"));
    assert.equal(await store.begin("acme", SHARD, ANN), undefined, "it is there, whatever is said later");
  });

  withStore("of names that look alike and are begun at once, one is taken", async (store) => {
    const names = ["pill", "pi11", "p-i-l-1", "piil"];
    const bars = await Promise.all(names.map((name) => store.begin(name, SHARD, ANN)));
    assert.deepEqual(bars.map((bar) => bar?.code ?? "taken").sort(), [
      "NAME_CONFUSABLE",
      "NAME_CONFUSABLE",
      "NAME_CONFUSABLE",
      "taken",
    ]);
  });
}
