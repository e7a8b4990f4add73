import type { Protection, RoleRecord } from "@countermark/repository";
import type { NewFile } from "../index-store.ts";
import type { SqliteDatabase } from "./database.ts";
import { fileRow, storedFile } from "./rows.ts";

/** The rows of one project as they are. */
export interface ProjectRows {
  readonly listed: boolean;
  readonly protection: Protection;
  /** `visible`: a page shows it. */
  readonly files: ReadonlyMap<string, { readonly visible: boolean; readonly file: NewFile }>;
}

/** One change that makes rows agree with what is signed. */
export type RowsChange =
  | { readonly change: "project"; readonly project: string; readonly protection: Protection; readonly listed: boolean }
  | { readonly change: "show"; readonly file: NewFile }
  | { readonly change: "hide"; readonly project: string; readonly filename: string }
  | { readonly change: "role"; readonly role: RoleRecord };

/** The rows of a shard's projects, for whoever believes none of them. */
export async function rowsOfShard(database: SqliteDatabase, shard: string): Promise<ReadonlyMap<string, ProjectRows>> {
  return database.read(async (db) => {
    const projects = await db.selectFrom("project").selectAll().where("shard", "=", shard).execute();
    const files = new Map<string, Map<string, { visible: boolean; file: NewFile }>>();
    const rows = await db
      .selectFrom("file")
      .innerJoin("project", "project.name", "file.project")
      .selectAll("file")
      .select("project.shard")
      .where("project.shard", "=", shard)
      .execute();
    for (const row of rows) {
      const { id: _, publishedIn, deletedIn, ...file } = storedFile(row);
      const ofProject = files.get(file.project) ?? new Map<string, { visible: boolean; file: NewFile }>();
      files.set(file.project, ofProject);
      ofProject.set(file.filename, { visible: publishedIn !== undefined && deletedIn === undefined, file });
    }
    return new Map(
      projects.map(({ name, listed, protection }) => [
        name,
        { listed: listed === 1, protection, files: files.get(name) ?? new Map() },
      ]),
    );
  });
}

/**
 * Applies changes in one transaction, if the timestamp still has this version: false when somebody has published
 * meanwhile. A server that runs shows them with its next publication, or when it is started again.
 */
export async function applyRows(
  database: SqliteDatabase,
  timestamp: number,
  shardOf: (project: string) => string,
  changes: readonly RowsChange[],
): Promise<boolean> {
  return database.write(async (trx) => {
    const present = await trx.selectFrom("role").select("version").where("name", "=", "timestamp").executeTakeFirst();
    if (present?.version !== timestamp) return false;
    const touched = new Set<string>();
    const touch = async (project: string): Promise<void> => {
      if (touched.has(project)) return;
      touched.add(project);
      await trx
        .insertInto("project")
        .values({ name: project, shard: shardOf(project), changed_in: timestamp + 1 })
        .onConflict((conflict) => conflict.column("name").doUpdateSet({ changed_in: timestamp + 1 }))
        .execute();
    };
    for (const one of changes) {
      switch (one.change) {
        case "project": {
          const { project: name, protection, listed } = one;
          await touch(name);
          const set = { protection, listed: listed ? 1 : 0 };
          await trx.updateTable("project").set(set).where("name", "=", name).execute();
          break;
        }
        case "show": {
          const { project, filename, folded } = one.file;
          await touch(project);
          const own = { ...fileRow(one.file), published_in: timestamp };
          // Another row under the same folded name is nothing that was signed.
          await trx
            .deleteFrom("file")
            .where("project", "=", project)
            .where("folded", "=", folded)
            .where("filename", "!=", filename)
            .execute();
          await trx
            .insertInto("file")
            .values(own)
            .onConflict((conflict) => conflict.columns(["project", "filename"]).doUpdateSet(own))
            .execute();
          break;
        }
        case "hide":
          await touch(one.project);
          await trx
            .deleteFrom("file")
            .where("project", "=", one.project)
            .where("filename", "=", one.filename)
            .execute();
          break;
        case "role": {
          const { name, version, expires, length, sha256 } = one.role;
          await trx
            .insertInto("role")
            .values({ name, version, expires, length, sha256 })
            .onConflict((conflict) => conflict.column("name").doUpdateSet({ version, expires, length, sha256 }))
            .execute();
        }
      }
    }
    return true;
  });
}

/** What SQLite itself finds wrong, one line each. */
export async function integrityOf(database: SqliteDatabase): Promise<readonly string[]> {
  const { sql } = await import("kysely");
  const { rows } = await database.read((db) => sql<{ quick_check: string }>`pragma quick_check(20)`.execute(db));
  return rows.map((row) => row.quick_check).filter((line) => line !== "ok");
}
