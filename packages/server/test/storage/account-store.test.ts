import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { SqliteAccountStore } from "../../src/storage/sqlite/account-store.ts";
import { SqliteDatabase } from "../../src/storage/sqlite/database.ts";
import { SqliteIndexStore } from "../../src/storage/sqlite/store.ts";
import { accept, newFile } from "../fixtures.ts";
import { accountStoreCases } from "./account-store.cases.ts";
import { MemoryAccountStore } from "./memory-accounts.ts";

const folder = await mkdtemp(join(tmpdir(), "countermark-accounts-"));
after(() => rm(folder, { recursive: true, force: true }));

let count = 0;
accountStoreCases({
  name: "sqlite",
  open: async () => {
    const database = await SqliteDatabase.open(join(folder, `${(count += 1)}.sqlite`), { create: true });
    await accept(new SqliteIndexStore(database), [newFile("imported")]);
    return { store: new SqliteAccountStore(database), close: () => database.close() };
  },
});
accountStoreCases({
  name: "memory",
  open: () =>
    Promise.resolve({
      store: new MemoryAccountStore((project) => project === "imported"),
      close: () => Promise.resolve(),
    }),
});
