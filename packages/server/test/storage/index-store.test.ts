import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { SqliteIndexStore } from "../../src/storage/sqlite/store.ts";
import { indexStoreCases } from "./index-store.cases.ts";
import { MemoryIndexStore } from "./memory-store.ts";

const folder = await mkdtemp(join(tmpdir(), "countermark-store-"));
after(() => rm(folder, { recursive: true, force: true }));

let count = 0;
indexStoreCases({
  name: "sqlite",
  open: () => SqliteIndexStore.open(join(folder, `${(count += 1)}.sqlite`), { create: true }),
});
indexStoreCases({ name: "memory", open: () => Promise.resolve(new MemoryIndexStore()) });
