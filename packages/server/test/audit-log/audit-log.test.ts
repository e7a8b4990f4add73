import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../../../../test/harness/temporary-folder.ts";
import { scopeOf } from "../../../../test/harness/scope.ts";
import { SqliteAuditLog } from "../../src/storage/sqlite/audit-log.ts";
import { SqliteDatabase } from "../../src/storage/sqlite/database.ts";
import { NOW } from "../fixtures.ts";

test("entries come back in order, by subject, and in pieces", async (t) => {
  const database = await SqliteDatabase.open(join(temporaryFolder(scopeOf(t)), "a.sqlite"), { create: true });
  t.after(() => database.close());
  const log = new SqliteAuditLog(database);
  const entry = (action: `${string}.${string}`, subject: string) => ({
    ...{ at: NOW, actor: "ann", action, subject },
    detail: { scopes: ["upload"], days: 3 },
  });
  await log.append();
  await log.append(entry("account.add", "ann"), entry("token.create", "t1"));
  await log.append(entry("account.disable", "ann"));
  assert.deepEqual(await log.entries({ limit: 1 }), [{ id: 1, ...entry("account.add", "ann") }]);
  const actions = async (query: { after?: number; subject?: string }) =>
    (await log.entries({ ...query, limit: 9 })).map(({ action }) => action);
  assert.deepEqual(await actions({ after: 1 }), ["token.create", "account.disable"]);
  assert.deepEqual(await actions({ subject: "ann" }), ["account.add", "account.disable"]);
});
