import { sql, type Transaction } from "kysely";
import type { NewFile, ProjectChange, Publication, RowChange } from "../index-store.ts";
import type { Decision } from "../transactions.ts";
import { chunks } from "./chunks.ts";
import { fileRow } from "./rows.ts";
import type { Tables } from "./tables.ts";

const TIMESTAMP = "timestamp";

/** Applies a publication that was built on what stands. */
export async function applyPublication(trx: Transaction<Tables>, publication: Publication): Promise<void> {
  const version = publication.basedOn + 1;
  await putRoles(trx, publication);
  await putProjects(trx, publication.projects);
  await putRows(trx, publication.rows, version);
  await decide(trx, publication, version);
  for (const some of chunks(publication.projects)) await turnPages(trx, some, version);
}

/** Stores role files and makes them the present ones. */
async function putRoles(trx: Transaction<Tables>, { roles, at }: Publication): Promise<void> {
  if (roles.length === 0) return;
  // Every version of the timestamp has the same URL, so that nobody can ask for an old one.
  await trx.deleteFrom("role_file").where("name", "=", TIMESTAMP).execute();
  for (const some of chunks(roles)) {
    const names = some.map(({ name }) => name);
    await trx
      .updateTable("role_file")
      .set({ superseded_at: at })
      .where("name", "in", names)
      .where("superseded_at", "is", null)
      .execute();
    const files = some.map(({ name, version, bytes }) => ({ name, version, bytes, superseded_at: null }));
    await trx.insertInto("role_file").values(files).execute();
    await trx.deleteFrom("role").where("name", "in", names).execute();
    const present = some.map(({ name, version, expires, length, sha256 }) => ({
      ...{ name, version, expires, length, sha256 },
    }));
    await trx.insertInto("role").values(present).execute();
  }
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

async function putRows(trx: Transaction<Tables>, rows: readonly RowChange[], version: number): Promise<void> {
  // In order: one batch may list a file and delete it again. Runs of the same kind go together.
  let run: NewFile[] = [];
  const flush = async (): Promise<void> => {
    for (const some of chunks(run)) await listFiles(trx, some, version);
    run = [];
  };
  const names = new Set<string>();
  for (const row of rows) {
    const key = row.change === "list" ? `${row.file.project}/${row.file.filename}` : "";
    if (row.change === "delete" || names.has(key)) {
      await flush();
      names.clear();
    }
    if (row.change === "delete") await deleteFile(trx, row.project, row.filename, version);
    else {
      run.push(row.file);
      names.add(key);
    }
  }
  await flush();
}

async function listFiles(trx: Transaction<Tables>, files: readonly NewFile[], version: number): Promise<void> {
  await trx
    .insertInto("file")
    .values(files.map((file) => ({ ...fileRow(file), published_in: version })))
    .onConflict((conflict) =>
      conflict.columns(["project", "filename"]).doUpdateSet((eb) => ({
        sha256: eb.ref("excluded.sha256"),
        length: eb.ref("excluded.length"),
        upload_time: eb.ref("excluded.upload_time"),
        requires_python: eb.ref("excluded.requires_python"),
        core_metadata: eb.ref("excluded.core_metadata"),
        yanked: eb.ref("excluded.yanked"),
        adopted: eb.ref("excluded.adopted"),
        published_in: eb.fn.coalesce("file.published_in", "excluded.published_in"),
        deleted_in: null,
      })),
    )
    .execute();
}

async function deleteFile(trx: Transaction<Tables>, project: string, filename: string, version: number): Promise<void> {
  await trx
    .updateTable("file")
    .set({ deleted_in: version })
    .where("project", "=", project)
    .where("filename", "=", filename)
    .execute();
}

async function decide(trx: Transaction<Tables>, { decisions, at }: Publication, version: number): Promise<void> {
  const published = decisions.filter(({ outcome }) => outcome === "published").map(({ id }) => id);
  for (const ids of chunks(published)) {
    const set = { outcome: "published", decided_at: at, published_in: version } as const;
    requireAll(
      ids,
      await trx
        .updateTable("publication_transaction")
        .set(set)
        .where("id", "in", ids)
        .where("outcome", "is", null)
        .executeTakeFirst(),
    );
  }
  for (const decision of decisions) if (decision.outcome === "refused") await refuse(trx, decision, at);
}

async function refuse(
  trx: Transaction<Tables>,
  { id, code, reason }: Extract<Decision, { outcome: "refused" }>,
  at: number,
): Promise<void> {
  requireAll(
    [id],
    await trx
      .updateTable("publication_transaction")
      .set({ outcome: "refused", code, reason, decided_at: at })
      .where("id", "=", id)
      .where("outcome", "is", null)
      .executeTakeFirst(),
  );
  // The names it had taken are free again: nobody has ever seen them.
  await trx.deleteFrom("file").where("transaction_id", "=", id).where("published_in", "is", null).execute();
}

function requireAll(ids: readonly number[], { numUpdatedRows }: { readonly numUpdatedRows: bigint }): void {
  if (Number(numUpdatedRows) !== ids.length) throw new Error("a publication decides a transaction that does not wait");
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
