import type { RoleFile, RoleRecord } from "@countermark/repository";
import type { Selectable } from "kysely";
import { ServerError } from "../../errors.ts";
import {
  MAX_ROLE_NAMES,
  type Acceptance,
  type IndexSettings,
  type IndexStore,
  type Publication,
  type StoredFile,
  type VisibleFile,
} from "../index-store.ts";
import type { NewTransaction, StoredTransaction, TransactionQuery } from "../transactions.ts";
import { chunks } from "./chunks.ts";
import type { Query } from "./connection.ts";
import { SqliteDatabase } from "./database.ts";
import { applyPublication } from "./publish.ts";
import { sweepRoleFiles } from "./role-files.ts";
import {
  settingsFrom,
  settingsRow,
  storedFile,
  storedTransaction,
  visibleFile,
  type StoredFileRow,
  type VisibleFileRow,
} from "./rows.ts";
import { submitOne } from "./submit.ts";
import type { TransactionTable } from "./tables.ts";

const TIMESTAMP = "timestamp";

/** Rows of files as {@link storedFile} reads them: without a query builder, for a page has thousands. */
const FILES: Query<StoredFileRow> = {
  sql: "select file.*, project.shard from file join project on project.name = file.project where file.project = ?",
};
/** The columns that pages are made of alone: each one more costs a page of ten thousand files milliseconds. */
const VISIBLE: Query<VisibleFileRow> = {
  sql: `select filename, version, sha256, length, upload_time, requires_python, core_metadata, yanked from file
    where project = ? and published_in is not null and deleted_in is null`,
};
const FILE: Query<StoredFileRow> = { sql: `${FILES.sql} and file.filename = ?` };
const TRANSACTION: Query<Selectable<TransactionTable>> = {
  sql: "select * from publication_transaction where id = ?",
};

/** An index in one SQLite file. */
export class SqliteIndexStore implements IndexStore {
  readonly #database: SqliteDatabase;

  /** Whoever has opened the database closes it by closing this store. */
  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  /** Opens the database at a path; with `create` it may be new. */
  static async open(path: string, options?: { readonly create?: boolean }): Promise<SqliteIndexStore> {
    return new SqliteIndexStore(await SqliteDatabase.open(path, options));
  }

  async settings(): Promise<IndexSettings | undefined> {
    const row = await this.#database.read((db) => db.selectFrom("index_settings").selectAll().executeTakeFirst());
    return row === undefined ? undefined : settingsFrom(row);
  }

  async found(settings: IndexSettings, first: Publication): Promise<void> {
    await this.#database.write(async (trx, connection) => {
      const there = await trx.selectFrom("index_settings").select("id").executeTakeFirst();
      if (there !== undefined) {
        throw new ServerError("FOLDER_NOT_EMPTY", "there is an index in this folder already", {
          hint: "choose another folder; one folder holds one index",
        });
      }
      await trx.insertInto("index_settings").values(settingsRow(settings)).execute();
      await applyPublication(trx, connection, first);
    });
  }

  async roles(names?: readonly string[]): Promise<readonly RoleRecord[]> {
    if ((names?.length ?? 0) > MAX_ROLE_NAMES) throw new TypeError(`${names?.length} roles asked for at once`);
    return this.#database.read((db) =>
      db
        .selectFrom("role")
        .selectAll()
        .$if(names !== undefined, (query) => query.where("name", "in", names ?? []))
        .orderBy("name")
        .execute(),
    );
  }

  async roleFile(name: string, version: number): Promise<Uint8Array | undefined> {
    const row = await this.#database.read((db) =>
      db
        .selectFrom("role_file")
        .select("bytes")
        .where("name", "=", name)
        .where("version", "=", version)
        .executeTakeFirst(),
    );
    // A role that a restoration has found lost is listed, but has no content.
    return row === undefined || row.bytes.byteLength === 0 ? undefined : row.bytes;
  }

  async role(name: string): Promise<RoleFile | undefined> {
    return this.#database.read((db) =>
      db
        .selectFrom("role")
        .innerJoin("role_file", (join) =>
          join.onRef("role_file.name", "=", "role.name").onRef("role_file.version", "=", "role.version"),
        )
        .selectAll("role")
        .select("role_file.bytes")
        .where("role.name", "=", name)
        .executeTakeFirst(),
    );
  }

  async timestamp(): Promise<{ version: number; expires: number; bytes: Uint8Array }> {
    const row = await this.role(TIMESTAMP);
    if (row !== undefined) return row;
    throw new ServerError("NO_INDEX", "the database holds no index", { hint: "run 'countermark-server init' first" });
  }

  async submit(transactions: readonly NewTransaction[]): Promise<readonly Acceptance[]> {
    return this.#database.write(async (trx, connection) => {
      const outcomes: Acceptance[] = [];
      for (const transaction of transactions) outcomes.push(await submitOne(trx, connection, transaction));
      return outcomes;
    });
  }

  async waiting(limit: number): Promise<readonly StoredTransaction[]> {
    const rows = await this.#database.read((db) =>
      db
        .selectFrom("publication_transaction")
        .selectAll()
        .where("outcome", "is", null)
        .orderBy("id")
        .limit(limit)
        .execute(),
    );
    return rows.map(storedTransaction);
  }

  async transaction(id: number): Promise<StoredTransaction | undefined> {
    const [row] = await this.#database.rows(TRANSACTION, id);
    return row === undefined ? undefined : storedTransaction(row);
  }

  async transactions({ after = 0, project, limit }: TransactionQuery): Promise<readonly StoredTransaction[]> {
    const rows = await this.#database.read((db) => {
      const all = db.selectFrom("publication_transaction").selectAll().where("id", ">", after);
      const some = project === undefined ? all : all.where("project", "=", project);
      return some.orderBy("id").limit(limit).execute();
    });
    return rows.map(storedTransaction);
  }

  async publish(publication: Publication): Promise<boolean> {
    return this.#database.write(async (trx, connection) => {
      const present = await trx.selectFrom("role").select("version").where("name", "=", TIMESTAMP).executeTakeFirst();
      if (present?.version !== publication.basedOn) return false;
      await applyPublication(trx, connection, publication);
      return true;
    });
  }

  async sweep(before: number): Promise<number> {
    const some = await this.#database.read((db) =>
      db
        .selectFrom("superseded_role_file")
        .select("version")
        .where("superseded_at", "<", before)
        .limit(1)
        .executeTakeFirst(),
    );
    return some === undefined ? 0 : this.#database.write((trx) => sweepRoleFiles(trx, before));
  }

  async holdClaims(claims: ReadonlyMap<string, number>, until: number): Promise<void> {
    await this.#database.write(async (trx) => {
      await trx.deleteFrom("held_claim").execute();
      const rows = [...claims].map(([project, p_version]) => ({ project, p_version, until }));
      for (const some of chunks(rows)) await trx.insertInto("held_claim").values(some).execute();
    });
  }

  async heldClaim(project: string, now: number): Promise<number | undefined> {
    const row = await this.#database.read((db) =>
      db
        .selectFrom("held_claim")
        .select("p_version")
        .where("project", "=", project)
        .where("until", ">", now)
        .executeTakeFirst(),
    );
    return row?.p_version;
  }

  changeMark(): number {
    return this.#database.changeMark();
  }

  async changedSince(version: number): Promise<readonly string[]> {
    const rows = await this.#database.read((db) =>
      db.selectFrom("project").select("name").where("changed_in", ">", version).execute(),
    );
    return rows.map(({ name }) => name);
  }

  async bytesOf(project: string): Promise<number> {
    const { bytes } = await this.#database.read((db) =>
      db
        .selectFrom("file")
        .select((eb) => eb.fn.sum<number | null>("length").as("bytes"))
        .where("project", "=", project)
        .where("deleted_in", "is", null)
        .executeTakeFirstOrThrow(),
    );
    return bytes ?? 0;
  }

  async visibleFiles(project: string): Promise<readonly VisibleFile[] | undefined> {
    const page = await this.#database.read((db) =>
      db.selectFrom("project").select("listed").where("name", "=", project).executeTakeFirst(),
    );
    if (page?.listed !== 1) return undefined;
    return (await this.#database.rows(VISIBLE, project)).map(visibleFile);
  }

  async filesOf(project: string): Promise<readonly StoredFile[]> {
    return (await this.#database.rows(FILES, project)).map(storedFile);
  }

  async file(project: string, filename: string): Promise<StoredFile | undefined> {
    const [row] = await this.#database.rows(FILE, project, filename);
    return row === undefined ? undefined : storedFile(row);
  }

  async projects(): Promise<readonly string[]> {
    const rows = await this.#database.read((db) =>
      db.selectFrom("project").select("name").where("listed", "=", 1).orderBy("name").execute(),
    );
    return rows.map(({ name }) => name);
  }

  async counts(): Promise<{ projects: number; files: number; accepted: number }> {
    return this.#database.read(async (db) => {
      const { files } = await db
        .selectFrom("file")
        .select((eb) => eb.fn.countAll<number>().as("files"))
        .where("published_in", "is not", null)
        .where("deleted_in", "is", null)
        .executeTakeFirstOrThrow();
      const { projects } = await db
        .selectFrom("project")
        .select((eb) => eb.fn.countAll<number>().as("projects"))
        .where("listed", "=", 1)
        .executeTakeFirstOrThrow();
      const { accepted } = await db
        .selectFrom("publication_transaction")
        .select((eb) => eb.fn.countAll<number>().as("accepted"))
        .where("outcome", "is", null)
        .executeTakeFirstOrThrow();
      return { projects, files, accepted };
    });
  }

  async close(): Promise<void> {
    await this.#database.close();
  }
}
