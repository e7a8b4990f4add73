import type { Transaction } from "kysely";
import type { Acceptance, NewFile } from "../index-store.ts";
import { OPERATOR } from "../../audit-log/audit-log.ts";
import type { Beginner } from "../../names/name-store.ts";
import type { NewTransaction } from "../transactions.ts";
import type { Connection, Query } from "./connection.ts";
import { barOf } from "./name-rules.ts";
import type { Tables } from "./tables.ts";

interface Twin {
  readonly filename: string;
  readonly sha256: string;
  readonly deleted_in: number | null;
}

const TWIN: Query<Twin> = { sql: "select filename, sha256, deleted_in from file where project = ? and folded = ?" };
const BEGUN: Query<unknown> = { sql: "select 1 from project where name = ?" };
const ACCEPT: Query<{ readonly id: number }> = {
  sql: `insert into publication_transaction
  (kind, project, payload, accepted_by, accepted_at, nonce, seal) values (?, ?, ?, ?, ?, ?, ?) returning id`,
};
const BEGIN = "insert into project (name, shard) values (?, ?) on conflict do nothing";
const RESERVE = `insert into file
  (project, filename, folded, kind, version, sha256, length, upload_time, requires_python, core_metadata, yanked, adopted,
   transaction_id) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** Takes one transaction in: it and every name it reserves, or nothing. */
export async function submitOne(
  trx: Transaction<Tables>,
  connection: Connection,
  transaction: NewTransaction,
): Promise<Acceptance> {
  const fresh: NewFile[] = [];
  for (const file of transaction.reserves) {
    const [twin] = connection.rows(TWIN, file.project, file.folded);
    if (twin === undefined) fresh.push(file);
    else if (twin.filename !== file.filename || twin.sha256 !== file.sha256 || twin.deleted_in !== null) {
      return {
        outcome: "conflict",
        filename: twin.filename,
        sha256: twin.sha256,
        deleted: twin.deleted_in !== null,
      };
    }
  }
  if (fresh.length === 0 && transaction.reserves.length > 0) return { outcome: "known" };
  if (fresh.length > 0 && !isBegun(connection, transaction.project)) {
    const bar = await barOf(trx, transaction.project, beginner(transaction));
    if (bar !== undefined) return { outcome: "barred", bar };
  }
  const id = accept(connection, transaction);
  for (const file of fresh) reserve(connection, file, id);
  return { outcome: "accepted", transaction: id };
}

function beginner({ by }: NewTransaction): Beginner {
  return by === OPERATOR ? "operator" : { account: by };
}

/** Whether something was taken in under this name before: then it is nobody's to begin. */
function isBegun(connection: Connection, project: string): boolean {
  return connection.rows(BEGUN, project).length > 0;
}

function accept(
  connection: Connection,
  { kind, project, payload, by, acceptedAt, nonce, seal }: NewTransaction,
): number {
  const [row] = connection.rows(ACCEPT, kind, project, payload, by, acceptedAt, nonce, seal);
  if (row === undefined) throw new Error("an insertion that returned no id");
  return row.id;
}

function reserve(connection: Connection, file: NewFile, transaction: number): void {
  const { project, shard, filename, folded, kind, version, sha256, length, uploadTime } = file;
  const [requiresPython, coreMetadata, yanked] = [file.requiresPython ?? null, file.coreMetadata ?? null, file.yanked];
  connection.change(BEGIN, project, shard);
  connection.change(
    RESERVE,
    ...[project, filename, folded, kind, version, sha256, length, uploadTime],
    ...[requiresPython, coreMetadata, yanked ?? null, file.adopted ? 1 : 0, transaction],
  );
}
