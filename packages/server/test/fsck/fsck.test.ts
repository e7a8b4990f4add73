/* Each thing that can be damaged is damaged, and must be found; what follows from what is signed is put right. */
import assert from "node:assert/strict";
import { chmodSync, copyFileSync, cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { makeWheel } from "../../../../test/harness/distributions/distributions.ts";
import { Scope } from "../../../../test/harness/scope.ts";
import { FINDING_KINDS, type Finding, type FindingKind } from "../../src/fsck/findings.ts";
import { fsck } from "../../src/fsck/fsck.ts";
import { LocalBlobs } from "../../src/storage/local/blobs.ts";
import { SqliteDatabase } from "../../src/storage/sqlite/database.ts";
import { applyRows } from "../../src/storage/sqlite/inspection.ts";
import { SqliteIndexStore } from "../../src/storage/sqlite/store.ts";
import { testIndex } from "../serving.ts";

const scope = new Scope();
after(() => scope.end());
const made = await testIndex(scope);
const wheels = ["flask", "rich", "six"].map((name) => makeWheel({ name, version: "1.0" }));
await made.import(wheels);
await made.index.store.close();
const fingerprint = made.made.fingerprint;
let copies = 0;

/** A copy of the index, to be damaged. */
function copy(): string {
  const folder = join(made.folder, `copy-${(copies += 1)}`);
  cpSync(made.data, folder, { recursive: true });
  return folder;
}

function sql(data: string, ...statements: readonly string[]): void {
  const database = new DatabaseSync(join(data, "index.sqlite"));
  database.exec("pragma foreign_keys = off");
  for (const statement of statements) database.exec(statement);
  database.close();
}

async function look(data: string, more: { repair?: boolean; quick?: boolean; root?: string } = {}): Promise<Finding[]> {
  const database = await SqliteDatabase.open(join(data, "index.sqlite"));
  try {
    const findings: Finding[] = [];
    const result = await fsck({
      database,
      store: new SqliteIndexStore(database),
      blobs: new LocalBlobs(join(data, "blobs")),
      keys: join(data, "keys"),
      fingerprint: more.root ?? fingerprint,
      quick: more.quick === true,
      onFinding: (finding) => findings.push(finding),
    });
    if (more.repair === true && result.timestamp !== undefined) {
      assert.ok(await applyRows(database, result.timestamp, result.shardOf, result.changes));
    }
    return findings;
  } finally {
    await database.close();
  }
}

const found = new Set<FindingKind>();
const kinds = (findings: readonly Finding[]): string[] => {
  for (const { kind } of findings) found.add(kind);
  return findings.map(({ kind, subject }) => `${kind} ${subject}`).sort();
};

function blobPath(data: string, name: string): { path: string; sha256: string } {
  const database = new DatabaseSync(join(data, "index.sqlite"));
  const row = database.prepare("select sha256 from file where project = ?").get(name) as { sha256: string };
  database.close();
  return { path: join(data, "blobs", row.sha256.slice(0, 2), row.sha256), sha256: row.sha256 };
}

test("an index as it should be has no difference", async () => {
  assert.deepEqual(kinds(await look(copy())), []);
});

test("rows that were changed, removed or made up are found, and repaired from what is signed", async () => {
  const data = copy();
  sql(
    data,
    `update file set sha256 = '${"0".repeat(64)}', yanked = 'mine' where project = 'flask'`,
    `delete from file where project = 'rich'`,
    `update project set listed = 0 where name = 'rich'`,
    `update file set deleted_in = 5 where project = 'six'`,
    `insert into project (name, shard, listed, protection) values ('evil', '0', 1, 'claimed')`,
    `insert into file (project, filename, folded, kind, version, sha256, length, upload_time, adopted, published_in)
       values ('flask', 'flask-9.9-py3-none-any.whl', 'x', 'wheel', '9.9', 'aa', 1, 0, 0, 1)`,
    `update role set expires = 1 where name = 'targets'`,
    `update role set version = 77 where name = 'unclaimed.0'`,
  );
  const expected = [
    "file-differs flask/flask-1.0-py3-none-any.whl",
    "file-differs six/six-1.0-py3-none-any.whl",
    "file-missing rich/rich-1.0-py3-none-any.whl",
    "file-unsigned flask/flask-9.9-py3-none-any.whl",
    "project-differs evil",
    "project-differs rich",
    "role-record targets",
    "role-record unclaimed.0",
  ];
  assert.deepEqual(kinds(await look(data, { repair: true })), expected);
  assert.deepEqual(kinds(await look(data)), []);
});

test("content that is lost, cut short or changed is found; --quick does not read it", async () => {
  const data = copy();
  const [lost, cut, changed] = ["flask", "rich", "six"].map((name) => blobPath(data, name));
  assert.ok(lost !== undefined && cut !== undefined && changed !== undefined);
  rmSync(lost.path);
  truncateSync(cut.path, 100);
  const bytes = readFileSync(changed.path);
  bytes[50] = (bytes[50] ?? 0) ^ 1;
  writeFileSync(changed.path, bytes);
  const quick = [`blob-damaged ${cut.sha256}`, `blob-missing ${lost.sha256}`];
  assert.deepEqual(kinds(await look(data, { quick: true })), quick.sort());
  assert.deepEqual(kinds(await look(data)), [...quick, `blob-damaged ${changed.sha256}`].sort());
});

test("signed roles that are lost, altered, swapped or not listed are found, and never believed", async () => {
  const lost = copy();
  sql(lost, `delete from role_file where name = 'status.3'`);
  assert.ok(kinds(await look(lost)).includes("role-missing status.3"));

  const altered = copy();
  sql(
    altered,
    `update role_file set bytes = cast(replace(cast(bytes as text), 'flask', 'flusk') as blob) where name like 'unclaimed.%'`,
  );
  assert.ok(kinds(await look(altered)).some((one) => one.startsWith("role-invalid unclaimed.")));

  const swapped = copy();
  sql(
    swapped,
    `update role_file set bytes = (select bytes from role_file where name = 'claimed') where name = 'sealed'`,
  );
  assert.ok(kinds(await look(swapped)).includes("role-invalid sealed"));

  const more = copy();
  sql(more, `insert into role values ('p.evil', 1, 9, 9, 'aa')`);
  assert.deepEqual(kinds(await look(more)), ["role-unlisted p.evil"]);

  const timestamp = copy();
  sql(timestamp, `delete from role_file where name = 'timestamp'`);
  assert.deepEqual(kinds(await look(timestamp)), ["role-missing timestamp"]);
});

test("another index in the place of this one is found by its fingerprint, whatever the database says of it", async () => {
  const other = await testIndex(scope);
  await other.index.store.close();
  const data = copy();
  for (const end of ["", "-wal", "-shm"]) rmSync(join(data, `index.sqlite${end}`), { force: true });
  cpSync(join(other.data, "index.sqlite"), join(data, "index.sqlite"));
  assert.deepEqual(kinds(await look(data)), ["root-chain root"]);
  assert.deepEqual(kinds(await look(other.data, { root: other.made.fingerprint })), []);
});

test("an online key that is not the index's own is found", async () => {
  const data = copy();
  copyFileSync(join(data, "keys", "status.json"), join(data, "keys", "saved.json"));
  const other = await testIndex(scope);
  await other.index.store.close();
  copyFileSync(join(other.data, "keys", "unclaimed.json"), join(data, "keys", "unclaimed.json"));
  assert.deepEqual(kinds(await look(data)), ["key-wrong unclaimed"]);
  chmodSync(join(data, "keys", "status.json"), 0o644);
  assert.deepEqual(kinds(await look(data)), [`key-wrong ${join(data, "keys")}`]);
});

test("pages of the database that are damaged are found", async () => {
  const data = copy();
  const path = join(data, "index.sqlite");
  const database = new DatabaseSync(path);
  const { page } = database
    .prepare("select rootpage as page from sqlite_schema where name = 'project_shard'")
    .get() as {
    page: number;
  };
  const { page_size: size } = database.prepare("pragma page_size").get() as { page_size: number };
  database.close();
  const bytes = readFileSync(path);
  // The pointers to the cells of an index that no query of fsck uses.
  bytes.fill(0xff, (page - 1) * size + 8, (page - 1) * size + 12);
  writeFileSync(path, bytes);
  assert.ok(kinds(await look(data)).includes("database-damaged index.sqlite"));
});

test("every kind of finding was shown here, and stands in the guide", () => {
  assert.deepEqual([...found].sort(), Object.keys(FINDING_KINDS).sort());
  const guide = readFileSync(join(import.meta.dirname, "../../../../docs/operate/fsck.md"), "utf8");
  for (const kind of Object.keys(FINDING_KINDS)) assert.ok(guide.includes(`\`${kind}\``), kind);
});
