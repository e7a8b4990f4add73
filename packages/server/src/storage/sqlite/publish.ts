import { sql, type Transaction } from "kysely";
import type { ProjectChange, Publication, RowChange } from "../index-store.ts";
import type { Decision } from "../transactions.ts";
import { chunks } from "./chunks.ts";
import type { Connection } from "./connection.ts";
import { putRoles } from "./role-files.ts";
import type { Tables } from "./tables.ts";

/** Applies a publication that was built on what stands. */
export async function applyPublication(
  trx: Transaction<Tables>,
  connection: Connection,
  publication: Publication,
): Promise<void> {
  const version = publication.basedOn + 1;
  await putRoles(trx, publication);
  await putProjects(trx, publication.projects);
  // In order: one publication may list a file and delete it again.
  for (const row of publication.rows) putRow(connection, row, version);
  for (const decision of publication.decisions) decide(connection, decision, publication.at, version);
  for (const some of chunks(publication.projects)) await turnPages(trx, some, version);
}

async function putProjects(trx: Transaction<Tables>, projects: readonly ProjectChange[]): Promise<void> {
  for (const some of chunks(projects)) {
    await trx
      .insertInto("project")
      .values(some.map(({ project, shard, protection }) => ({ name: project, shard, protection, changed_in: null })))
      .onConflict((conflict) =>
        conflict.column("name").doUpdateSet((eb) => ({ protection: eb.ref("excluded.protection") })),
      )
      .execute();
  }
}

const LIST = `insert into file
  (project, filename, folded, kind, version, sha256, length, upload_time, requires_python, core_metadata, yanked, adopted,
   published_in) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  on conflict (project, filename) do update set
    sha256 = excluded.sha256, length = excluded.length, upload_time = excluded.upload_time,
    requires_python = excluded.requires_python, core_metadata = excluded.core_metadata, yanked = excluded.yanked,
    adopted = excluded.adopted, published_in = coalesce(file.published_in, excluded.published_in), deleted_in = null`;
const DELETE = "update file set deleted_in = ? where project = ? and filename = ?";
const PUBLISHED = `update publication_transaction set outcome = 'published', decided_at = ?, published_in = ?
  where id = ? and outcome is null`;
const REFUSED = `update publication_transaction set outcome = 'refused', code = ?, reason = ?, decided_at = ?
  where id = ? and outcome is null`;
const FREE = "delete from file where transaction_id = ? and published_in is null";

function putRow(connection: Connection, row: RowChange, version: number): void {
  if (row.change === "delete") {
    connection.change(DELETE, version, row.project, row.filename);
    return;
  }
  const { project, filename, folded, kind, sha256, length, uploadTime } = row.file;
  const { requiresPython, coreMetadata, yanked, adopted } = row.file;
  connection.change(
    LIST,
    ...[project, filename, folded, kind, row.file.version, sha256, length, uploadTime],
    ...[requiresPython ?? null, coreMetadata ?? null, yanked ?? null, adopted ? 1 : 0, version],
  );
}

function decide(connection: Connection, decision: Decision, at: number, version: number): void {
  const { id } = decision;
  const changed =
    decision.outcome === "published"
      ? connection.change(PUBLISHED, at, version, id)
      : connection.change(REFUSED, decision.code, decision.reason, at, id);
  if (changed !== 1) throw new Error("a publication decides a transaction that does not wait");
  // The names it had taken are free again: nobody has ever seen them.
  if (decision.outcome === "refused") connection.change(FREE, id);
}

/** A project has a page when it has visible files, or somebody stands behind it. */
async function turnPages(trx: Transaction<Tables>, projects: readonly ProjectChange[], version: number): Promise<void> {
  await trx
    .updateTable("project")
    .set({
      changed_in: version,
      listed: sql<number>`protection <> 'unclaimed' or exists (
        select 1 from file
        where file.project = project.name and file.published_in is not null and file.deleted_in is null
      )`,
    })
    .where(
      "name",
      "in",
      projects.map(({ project }) => project),
    )
    .execute();
}
