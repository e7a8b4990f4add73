import { join } from "node:path";
import { backupPaths } from "../backup/folder.ts";
import { dataPaths, noIndex } from "../data-folder.ts";
import { ServerError } from "../errors.ts";
import { REPAIRABLE, type Finding } from "../fsck/findings.ts";
import { fsck, type Fsck } from "../fsck/fsck.ts";
import { PublisherLock } from "../publisher/lock.ts";
import { exists } from "../storage/durable.ts";
import { LocalBlobs } from "../storage/local/blobs.ts";
import { SqliteDatabase } from "../storage/sqlite/database.ts";
import { applyRows } from "../storage/sqlite/inspection.ts";
import { SqliteIndexStore } from "../storage/sqlite/store.ts";
import type { FsckCommandOptions } from "./fsck.ts";
import { count } from "./words.ts";

/** Looks, tells what differs, and repairs where that was asked for. */
export async function runFsck(options: FsckCommandOptions): Promise<void> {
  const paths = dataPaths(options.data);
  const places = [paths.database, backupPaths(options.data).database];
  const path = (await exists(paths.database)) ? places[0] : places[1];
  if (path === undefined || !(await exists(path))) throw noIndex(paths);
  const database = await SqliteDatabase.open(path);
  try {
    // A publication in between would make rows and roles of two moments.
    const lock = new PublisherLock(paths.publisherLock);
    const findings: Finding[] = [];
    const work = () => look(options, database, paths.keys, findings);
    const looked = path === paths.database ? await lock.hold(work) : await work();
    report(options, looked.result, findings, looked.repaired);
  } finally {
    await database.close();
  }
}

async function look(
  { data, root, quick, repair, json }: FsckCommandOptions,
  database: SqliteDatabase,
  keys: string,
  findings: Finding[],
): Promise<{ readonly result: Fsck; readonly repaired: boolean }> {
  const store = new SqliteIndexStore(database);
  const fingerprint = root ?? (await store.settings())?.repositoryId ?? "";
  if (root === undefined) {
    process.stderr.write(
      `note: believed the database about the fingerprint, ${fingerprint}; --root takes the one you published\n`,
    );
  }
  const onFinding = (finding: Finding): void => {
    findings.push(finding);
    process.stdout.write(
      json === true ? `${JSON.stringify(finding)}\n` : `${finding.kind}: ${finding.subject}: ${finding.detail}\n`,
    );
  };
  const blobs = new LocalBlobs(join(data, "blobs"));
  const result = await fsck({ database, store, blobs, keys, fingerprint, quick: quick === true, onFinding });
  if (repair !== true || result.timestamp === undefined || result.changes.length === 0)
    return { result, repaired: false };
  return { result, repaired: await applyRows(database, result.timestamp, result.shardOf, result.changes) };
}

function report({ json }: FsckCommandOptions, result: Fsck, findings: readonly Finding[], repaired: boolean): void {
  const { changes: _, lacking: __, shardOf: ___, ...seen } = result;
  const left = findings.filter(({ kind }) => !(repaired && REPAIRABLE.has(kind)));
  const fixed = findings.length - left.length;
  if (json === true)
    process.stdout.write(`${JSON.stringify({ summary: { ...seen, findings: findings.length, repaired: fixed } })}\n`);
  else {
    const looked = `looked at ${count(seen.roles, "role")}, ${count(seen.files, "file")} of ${count(seen.projects, "project")}, ${count(seen.blobs, "blob")}`;
    process.stdout.write(
      `${looked}\n${findings.length === 0 ? "no difference" : count(findings.length, "difference")}${fixed > 0 ? `, ${fixed} of them put right` : ""}\n`,
    );
  }
  if (left.length === 0) return;
  const curable = left.filter(({ kind }) => REPAIRABLE.has(kind)).length;
  throw new ServerError(
    "FSCK_FINDINGS",
    `the index differs from what it has signed in ${count(left.length, "place")}`,
    {
      hint:
        curable > 0
          ? "--repair puts rows and records right; for the rest see docs/operate/fsck.md"
          : "see docs/operate/fsck.md for what to do about each kind",
    },
  );
}
