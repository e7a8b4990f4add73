import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { SqliteAccountStore } from "../../src/storage/sqlite/account-store.ts";
import { SqliteDatabase } from "../../src/storage/sqlite/database.ts";
import { SqliteNameStore } from "../../src/storage/sqlite/name-store.ts";
import { SqliteIndexStore } from "../../src/storage/sqlite/store.ts";
import { accept, newFile, NOW } from "../fixtures.ts";
import { MemoryNameStore } from "./memory-names.ts";
import { nameStoreCases } from "./name-store.cases.ts";

const folder = await mkdtemp(join(tmpdir(), "countermark-names-"));
after(() => rm(folder, { recursive: true, force: true }));

let count = 0;
nameStoreCases({
  name: "sqlite",
  open: async () => {
    const database = await SqliteDatabase.open(join(folder, `${(count += 1)}.sqlite`), { create: true });
    await accept(new SqliteIndexStore(database), [newFile("imported")]);
    const accounts = new SqliteAccountStore(database);
    for (const name of ["ann", "bob"]) await accounts.addAccount({ name, at: NOW });
    await accounts.joinOrFound("owned", "ann", NOW);
    return { store: new SqliteNameStore(database), close: () => database.close() };
  },
});
nameStoreCases({
  name: "memory",
  open: () =>
    Promise.resolve({
      store: new MemoryNameStore(["ann", "bob"], ["imported", "owned"]),
      close: () => Promise.resolve(),
    }),
});
