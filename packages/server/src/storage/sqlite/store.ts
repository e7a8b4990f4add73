import type { RoleRecord } from "@countermark/repository";
import type { Kysely, Transaction } from "kysely";
import { ServerError } from "../../errors.ts";
import type { Acceptance, IndexSettings, IndexStore, NewFile, Publication, StoredFile } from "../index-store.ts";
import { SqliteDatabase } from "./database.ts";
import { fileRow, settingsFrom, settingsRow, storedFile } from "./rows.ts";
import type { Tables } from "./tables.ts";

/** The root's old versions stay for ever: a client that slept for years walks through all of them (TUF 5.3). */
const KEPT_FOR_EVER = "root";
const TIMESTAMP = "timestamp";

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
    await this.#database.write(async (trx) => {
      const there = await trx.selectFrom("index_settings").select("id").executeTakeFirst();
      if (there !== undefined) {
        throw new ServerError("FOLDER_NOT_EMPTY", "there is an index in this folder already", {
          hint: "choose another folder; one folder holds one index",
        });
      }
      await trx.insertInto("index_settings").values(settingsRow(settings)).execute();
      await putRoles(trx, first);
    });
  }

  async roles(): Promise<readonly RoleRecord[]> {
    return this.#database.read((db) => db.selectFrom("role").selectAll().orderBy("name").execute());
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
    return row?.bytes;
  }

  async timestamp(): Promise<{ version: number; expires: number; bytes: Uint8Array }> {
    const row = await this.#database.read((db) =>
      db
        .selectFrom("role")
        .innerJoin("role_file", (join) =>
          join.onRef("role_file.name", "=", "role.name").onRef("role_file.version", "=", "role.version"),
        )
        .select(["role.version", "role.expires", "role_file.bytes"])
        .where("role.name", "=", TIMESTAMP)
        .executeTakeFirst(),
    );
    if (row !== undefined) return row;
    throw new ServerError("NO_INDEX", "the database holds no index", { hint: "run 'countermark-server init' first" });
  }

  async accept(files: readonly NewFile[]): Promise<readonly Acceptance[]> {
    return this.#database.write(async (trx) => {
      const outcomes: Acceptance[] = [];
      for (const file of files) outcomes.push(await acceptOne(trx, file));
      return outcomes;
    });
  }

  async accepted(limit: number): Promise<readonly StoredFile[]> {
    const rows = await this.#database.read((db) =>
      this.#files(db).where("published_in", "is", null).orderBy("file.id").limit(limit).execute(),
    );
    return rows.map(storedFile);
  }

  async filesOfShard(shard: string, including: ReadonlySet<number>): Promise<readonly StoredFile[]> {
    const rows = await this.#database.read((db) =>
      this.#files(db).where("project.shard", "=", shard).orderBy("project").orderBy("filename").execute(),
    );
    return rows.filter((row) => row.published_in !== null || including.has(row.id)).map(storedFile);
  }

  async publish(publication: Publication): Promise<boolean> {
    const version = publication.basedOn + 1;
    return this.#database.write(async (trx) => {
      const present = await trx.selectFrom("role").select("version").where("name", "=", TIMESTAMP).executeTakeFirst();
      if (present?.version !== publication.basedOn) return false;
      await putRoles(trx, publication);
      for (const ids of chunks(publication.files)) await showFiles(trx, ids, version);
      return true;
    });
  }

  async sweep(before: number): Promise<number> {
    const { numDeletedRows } = await this.#database.write((trx) =>
      trx
        .deleteFrom("role_file")
        .where("superseded_at", "<", before)
        .where("name", "!=", KEPT_FOR_EVER)
        .executeTakeFirst(),
    );
    return Number(numDeletedRows);
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

  async visibleFiles(project: string): Promise<readonly StoredFile[] | undefined> {
    const rows = await this.#database.read((db) =>
      this.#files(db).where("project", "=", project).where("published_in", "is not", null).execute(),
    );
    return rows.length === 0 ? undefined : rows.map(storedFile);
  }

  async file(project: string, filename: string): Promise<StoredFile | undefined> {
    const row = await this.#database.read((db) =>
      this.#files(db).where("project", "=", project).where("filename", "=", filename).executeTakeFirst(),
    );
    return row === undefined ? undefined : storedFile(row);
  }

  async projects(): Promise<readonly string[]> {
    const rows = await this.#database.read((db) =>
      db.selectFrom("project").select("name").where("changed_in", "is not", null).orderBy("name").execute(),
    );
    return rows.map(({ name }) => name);
  }

  async counts(): Promise<{ projects: number; files: number; accepted: number }> {
    return this.#database.read(async (db) => {
      const { all, files } = await db
        .selectFrom("file")
        .select((eb) => [eb.fn.countAll<number>().as("all"), eb.fn.count<number>("published_in").as("files")])
        .executeTakeFirstOrThrow();
      const { projects } = await db
        .selectFrom("project")
        .select((eb) => eb.fn.count<number>("changed_in").as("projects"))
        .executeTakeFirstOrThrow();
      return { projects, files, accepted: all - files };
    });
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  #files(db: Kysely<Tables>) {
    return db
      .selectFrom("file")
      .innerJoin("project", "project.name", "file.project")
      .selectAll("file")
      .select("project.shard");
  }
}

async function putRoles(trx: Transaction<Tables>, { roles, at }: Publication): Promise<void> {
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
      name,
      version,
      expires,
      length,
      sha256,
    }));
    await trx.insertInto("role").values(present).execute();
  }
}

/** Rows in one statement. */
const CHUNK_ROWS = 64;

function* chunks<T>(items: readonly T[]): Iterable<readonly T[]> {
  for (let start = 0; start < items.length; start += CHUNK_ROWS) yield items.slice(start, start + CHUNK_ROWS);
}

async function showFiles(trx: Transaction<Tables>, ids: readonly number[], version: number): Promise<void> {
  const shown = await trx
    .updateTable("file")
    .set({ published_in: version })
    .where("id", "in", ids)
    .where("published_in", "is", null)
    .executeTakeFirst();
  if (Number(shown.numUpdatedRows) !== ids.length) throw new Error("a publication shows a file that is not accepted");
  await trx
    .updateTable("project")
    .set({ changed_in: version })
    .where("name", "in", (eb) => eb.selectFrom("file").select("project").where("id", "in", ids))
    .execute();
}

async function acceptOne(trx: Transaction<Tables>, file: NewFile): Promise<Acceptance> {
  const twin = await trx
    .selectFrom("file")
    .select(["filename", "sha256"])
    .where("project", "=", file.project)
    .where("folded", "=", file.folded)
    .executeTakeFirst();
  if (twin !== undefined) {
    const same = twin.filename === file.filename && twin.sha256 === file.sha256;
    return same ? { outcome: "known" } : { outcome: "conflict", ...twin };
  }
  await trx
    .insertInto("project")
    .values({ name: file.project, shard: file.shard, changed_in: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await trx.insertInto("file").values(fileRow(file)).execute();
  return { outcome: "accepted" };
}
