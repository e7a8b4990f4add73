import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { MAX_CHANGE_DELAY_MS } from "../../src/storage/index-store.ts";
import { retryBusy } from "../../src/storage/sqlite/busy.ts";
import { Connection } from "../../src/storage/sqlite/connection.ts";
import { SqliteIndexStore } from "../../src/storage/sqlite/store.ts";
import { accept, newFile } from "../fixtures.ts";
import { indexStoreCases } from "./index-store.cases.ts";
import { MemoryIndexStore } from "./memory-store.ts";

const SQL = new URL("../../sql/", import.meta.url);
const folder = await mkdtemp(join(tmpdir(), "countermark-store-"));
after(() => rm(folder, { recursive: true, force: true }));

let count = 0;
indexStoreCases({
  name: "sqlite",
  open: () => SqliteIndexStore.open(join(folder, `${(count += 1)}.sqlite`), { create: true }),
});
indexStoreCases({ name: "memory", open: () => Promise.resolve(new MemoryIndexStore()) });

test("sqlite: the change mark differs when another process has committed", async (t) => {
  const path = join(folder, "shared.sqlite");
  const [one, other] = [await SqliteIndexStore.open(path, { create: true }), await SqliteIndexStore.open(path)];
  t.after(async () => {
    await one.close();
    await other.close();
  });
  const before = other.changeMark();
  await accept(one, [newFile("flask")]);
  await sleep(2 * MAX_CHANGE_DELAY_MS);
  const after = other.changeMark();
  assert.notEqual(after, before);
  await sleep(2 * MAX_CHANGE_DELAY_MS);
  assert.equal(other.changeMark(), after);
});

test("sqlite: a writer in another process is waited for, and one that stays is told of", async (t) => {
  const path = join(folder, "busy.sqlite");
  const store = await SqliteIndexStore.open(path, { create: true });
  const other = new Connection(path);
  t.after(async () => {
    other.close();
    await store.close();
  });
  other.execute("begin immediate");
  setTimeout(() => {
    other.execute("commit");
  }, 300);
  assert.deepEqual(await accept(store, [newFile("flask")]), [{ outcome: "accepted", transaction: 1 }]);
  other.execute("begin immediate");
  const third = new Connection(path);
  t.after(() => {
    third.close();
  });
  const begin = async (): Promise<void> => {
    await Promise.resolve();
    third.execute("begin immediate");
  };
  await assert.rejects(retryBusy(begin, 200), { code: "BUSY" });
});

test("sqlite: a full database is told of, and nothing of the transaction stays", (t) => {
  const connection = new Connection(join(folder, "full.sqlite"), { create: true });
  t.after(() => {
    connection.close();
  });
  connection.execute("create table t (a blob); pragma max_page_count = 10");
  const fill = (): void => {
    connection.atomically(() => {
      for (let row = 0; row < 100; row += 1) connection.execute("insert into t values (zeroblob(1000))");
    });
  };
  assert.throws(fill, { code: "DISK_FULL" });
  assert.deepEqual(connection.prepare("select count(*) as n from t").all([]), [{ __proto__: null, n: 0 }]);
});

test("sqlite: the database of a newer version is left alone", async (t) => {
  const path = join(folder, "newer.sqlite");
  const connection = new Connection(path, { create: true });
  t.after(() => {
    connection.close();
  });
  connection.execute("pragma user_version = 999");
  await assert.rejects(SqliteIndexStore.open(path), { code: "DATA_NEWER" });
  await assert.rejects(SqliteIndexStore.open(join(folder, "absent.sqlite")), { code: "NO_INDEX" });
});

test("sqlite: what an older program noted of superseded role files is known to this one", async (t) => {
  const path = join(folder, "older.sqlite");
  const connection = new Connection(path, { create: true });
  const before = readdirSync(SQL).filter((name) => name < "0010");
  for (const name of before.sort()) connection.execute(readFileSync(new URL(name, SQL), "utf8"));
  connection.execute(`pragma user_version = ${before.length};
    insert into role_file (name, version, bytes, superseded_at) values
      ('snapshot', 1, x'01', 10), ('snapshot', 2, x'02', 20), ('snapshot', 3, x'03', null),
      ('root', 1, x'04', 10), ('root', 2, x'05', null), ('p.flask', 1, x'06', 10), ('p.flask', 2, x'07', null)`);
  connection.close();
  const store = await SqliteIndexStore.open(path);
  t.after(() => store.close());
  assert.equal(await store.sweep(10), 0, "before, not at this time");
  assert.equal(await store.sweep(11), 1);
  const left = [
    ["snapshot", 1],
    ["snapshot", 2],
    ["snapshot", 3],
    ["root", 1],
    ["p.flask", 1],
  ] as const;
  const found = await Promise.all(left.map(([name, version]) => store.roleFile(name, version)));
  assert.deepEqual(
    found.map((bytes) => bytes?.[0]),
    [undefined, 2, 3, 4, 6],
  );
  assert.equal(await store.sweep(21), 1);
  assert.equal(await store.roleFile("snapshot", 3).then((bytes) => bytes?.[0]), 3);
});
