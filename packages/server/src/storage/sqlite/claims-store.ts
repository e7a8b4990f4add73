import type { ReceivedBlob } from "@countermark/repository";
import type { Selectable } from "kysely";
import {
  NEW_CLAIMS_MS,
  type ClaimsStore,
  type JoinAnswer,
  type NewChallenge,
  type NewClaim,
  type OpenTransaction,
  type StagedUpload,
} from "../../claims/claims-store.ts";
import type { ProjectTransactionTable, ReceivedColumns, StagedFileTable } from "./claims-tables.ts";
import type { SqliteDatabase } from "./database.ts";

/** Developers' business in the index's SQLite file. */
export class SqliteClaimsStore implements ClaimsStore {
  readonly #database: SqliteDatabase;

  /** The database belongs to whoever has opened it. */
  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async addChallenge({ nonce, account, expiresAt }: NewChallenge): Promise<void> {
    await this.#database.write((trx) =>
      trx.insertInto("challenge").values({ nonce, account, expires_at: expiresAt }).execute(),
    );
  }

  takeChallenge(nonce: string, account: string, now: number): Promise<boolean> {
    return this.#database.write(async (trx) => {
      const taken = await trx.deleteFrom("challenge").where("nonce", "=", nonce).returningAll().executeTakeFirst();
      return taken?.account === account && taken.expires_at > now;
    });
  }

  async open({ id, project, account, openedAt, expiresAt }: Parameters<ClaimsStore["open"]>[0]): Promise<void> {
    const row = { id, project, account, opened_at: openedAt, expires_at: expiresAt };
    await this.#database.write((trx) =>
      trx
        .insertInto("project_transaction")
        .values({ ...row, committed_at: null, p: null, r: null })
        .execute(),
    );
  }

  async transaction(id: string, now: number): Promise<OpenTransaction | undefined> {
    const row = await this.#database.read((db) =>
      db
        .selectFrom("project_transaction")
        .selectAll()
        .where("id", "=", id)
        .where("expires_at", ">", now)
        .executeTakeFirst(),
    );
    return row && transactionFrom(row);
  }

  async waiting(project: string, now: number): Promise<readonly OpenTransaction[]> {
    const rows = await this.#database.read((db) =>
      db
        .selectFrom("project_transaction")
        .selectAll()
        .where("project", "=", project)
        .where("committed_at", "is not", null)
        .where("expires_at", ">", now)
        .orderBy("committed_at")
        .execute(),
    );
    return rows.map(transactionFrom);
  }

  async openCount(account: string, now: number): Promise<number> {
    const { count } = await this.#database.read((db) =>
      db
        .selectFrom("project_transaction")
        .select((eb) => eb.fn.countAll<number>().as("count"))
        .where("account", "=", account)
        .where("expires_at", ">", now)
        .executeTakeFirstOrThrow(),
    );
    return count;
  }

  async keepRoles(
    id: string,
    { p, r }: Pick<OpenTransaction, "p" | "r">,
    listed: readonly ReceivedBlob[],
    at: number,
  ): Promise<void> {
    await this.#database.write(async (trx) => {
      await trx
        .updateTable("project_transaction")
        .set((eb) => ({ p: p ?? null, r: r ?? null, committed_at: eb.fn.coalesce("committed_at", eb.val(at)) }))
        .where("id", "=", id)
        .execute();
      for (const file of listed) {
        await trx
          .insertInto("project_transaction_file")
          .values({ transaction_id: id, ...receivedColumns(file), listed_at: at })
          .onConflict((conflict) =>
            conflict
              .columns(["transaction_id", "filename"])
              .doUpdateSet({ listed_at: at })
              .where("project_transaction_file.sha256", "=", file.sha256)
              .where("project_transaction_file.listed_at", "is", null),
          )
          .execute();
      }
    });
  }

  async close(id: string): Promise<void> {
    await this.#database.write(async (trx) => {
      await trx.deleteFrom("project_transaction_file").where("transaction_id", "=", id).execute();
      await trx.deleteFrom("project_transaction").where("id", "=", id).execute();
    });
  }

  async putFile(id: string, file: ReceivedBlob): Promise<void> {
    const columns = receivedColumns(file);
    await this.#database.write((trx) =>
      trx
        .insertInto("project_transaction_file")
        .values({ transaction_id: id, ...columns, listed_at: null })
        .onConflict((conflict) =>
          conflict
            .columns(["transaction_id", "filename"])
            .doUpdateSet({ ...columns, listed_at: null })
            .where("project_transaction_file.sha256", "!=", file.sha256),
        )
        .execute(),
    );
  }

  async filesOf(id: string): Promise<readonly ReceivedBlob[]> {
    const rows = await this.#database.read((db) =>
      db.selectFrom("project_transaction_file").selectAll().where("transaction_id", "=", id).execute(),
    );
    return rows.map((row) => ({ ...receivedFrom(row), ...(row.listed_at !== null && { listedAt: row.listed_at }) }));
  }

  stage(file: StagedUpload): Promise<"staged" | "known" | "conflict"> {
    const { project, folded, by, uploadedAt, expiresAt } = file;
    return this.#database.write(async (trx) => {
      const twin = await trx
        .selectFrom("staged_file")
        .select(["filename", "sha256"])
        .where("project", "=", project)
        .where("folded", "=", folded)
        .where("expires_at", ">", uploadedAt)
        .executeTakeFirst();
      if (twin !== undefined)
        return twin.filename === file.filename && twin.sha256 === file.sha256 ? "known" : "conflict";
      const row = { project, folded, sent_by: by, uploaded_at: uploadedAt, expires_at: expiresAt };
      await trx.deleteFrom("staged_file").where("project", "=", project).where("folded", "=", folded).execute();
      await trx
        .insertInto("staged_file")
        .values({ ...row, ...receivedColumns(file) })
        .execute();
      return "staged";
    });
  }

  async staged(project: string, now: number): Promise<readonly StagedUpload[]> {
    const rows = await this.#database.read((db) =>
      db
        .selectFrom("staged_file")
        .selectAll()
        .where("project", "=", project)
        .where("expires_at", ">", now)
        .orderBy("filename")
        .execute(),
    );
    return rows.map(stagedFrom);
  }

  async unstage(project: string, filenames: readonly string[]): Promise<number> {
    if (filenames.length === 0) return 0;
    const { numDeletedRows } = await this.#database.write((trx) =>
      trx
        .deleteFrom("staged_file")
        .where("project", "=", project)
        .where("filename", "in", filenames)
        .executeTakeFirst(),
    );
    return Number(numDeletedRows);
  }

  async ciProjects(): Promise<ReadonlyMap<string, string>> {
    const rows = await this.#database.read((db) => db.selectFrom("ci_key").selectAll().execute());
    return new Map(rows.map(({ identity, project }) => [identity, project]));
  }

  async noteCiKeys(project: string, identities: readonly string[]): Promise<void> {
    if (identities.length === 0) return;
    await this.#database.write((trx) =>
      trx
        .insertInto("ci_key")
        .values(identities.map((identity) => ({ identity, project })))
        .onConflict((conflict) => conflict.doNothing())
        .execute(),
    );
  }

  noteNewClaim({ account, project, at }: NewClaim, since: number, most: number): Promise<"noted" | "full"> {
    return this.#database.write(async (trx) => {
      const { count } = await trx
        .selectFrom("new_claim")
        .select((eb) => eb.fn.countAll<number>().as("count"))
        .where("account", "=", account)
        .where("project", "!=", project)
        .where("at", ">", since)
        .executeTakeFirstOrThrow();
      if (count >= most) return "full";
      await trx
        .insertInto("new_claim")
        .values({ account, project, at })
        .onConflict((conflict) => conflict.columns(["account", "project"]).doUpdateSet({ at }))
        .execute();
      return "noted";
    });
  }

  addJoin({ project, invitation, account, body, sentAt }: JoinAnswer, most: number): Promise<"kept" | "full"> {
    return this.#database.write(async (trx) => {
      const { count } = await trx
        .selectFrom("project_join")
        .select((eb) => eb.fn.countAll<number>().as("count"))
        .where("account", "=", account)
        .where((eb) => eb.or([eb("project", "!=", project), eb("invitation", "!=", invitation)]))
        .executeTakeFirstOrThrow();
      if (count >= most) return "full";
      await trx
        .insertInto("project_join")
        .values({ project, invitation, account, body, sent_at: sentAt })
        .onConflict((conflict) =>
          conflict.columns(["project", "invitation", "account"]).doUpdateSet({ body, sent_at: sentAt }),
        )
        .execute();
      return "kept";
    });
  }

  async joins(project: string): Promise<readonly JoinAnswer[]> {
    const rows = await this.#database.read((db) =>
      db.selectFrom("project_join").selectAll().where("project", "=", project).orderBy("sent_at").execute(),
    );
    return rows.map(({ sent_at, ...row }) => ({ ...row, sentAt: sent_at }));
  }

  sweep(now: number): Promise<number> {
    return this.#database.write(async (trx) => {
      const expired = trx.selectFrom("project_transaction").select("id").where("expires_at", "<=", now);
      await trx.deleteFrom("project_transaction_file").where("transaction_id", "in", expired).execute();
      let rows = 0;
      for (const table of ["challenge", "project_transaction", "staged_file"] as const) {
        const { numDeletedRows } = await trx.deleteFrom(table).where("expires_at", "<=", now).executeTakeFirst();
        rows += Number(numDeletedRows);
      }
      const { numDeletedRows } = await trx
        .deleteFrom("project_join")
        .where("sent_at", "<=", now - KEEP_JOINS_MS)
        .executeTakeFirst();
      await trx
        .deleteFrom("new_claim")
        .where("at", "<=", now - NEW_CLAIMS_MS)
        .execute();
      return rows + Number(numDeletedRows);
    });
  }
}

/** How long an answer to an invitation waits for the owner. */
const KEEP_JOINS_MS = 30 * 24 * 60 * 60 * 1000;

function transactionFrom(row: Selectable<ProjectTransactionTable>): OpenTransaction {
  const { id, project, account, opened_at, expires_at, committed_at, p, r } = row;
  return {
    ...{ id, project, account },
    openedAt: opened_at,
    expiresAt: expires_at,
    committedAt: committed_at ?? undefined,
    p: p ?? undefined,
    r: r ?? undefined,
  };
}

function receivedColumns({ filename, sha256, length, requiresPython, coreMetadata }: ReceivedBlob): ReceivedColumns {
  return {
    ...{ filename, sha256, length },
    requires_python: requiresPython ?? null,
    core_metadata: coreMetadata ?? null,
  };
}

function receivedFrom({ filename, sha256, length, requires_python, core_metadata }: ReceivedColumns): ReceivedBlob {
  return {
    ...{ filename, sha256, length },
    ...(requires_python !== null && { requiresPython: requires_python }),
    ...(core_metadata !== null && { coreMetadata: core_metadata }),
  };
}

function stagedFrom(row: Selectable<StagedFileTable>): StagedUpload {
  const { project, folded, sent_by, uploaded_at, expires_at } = row;
  return { ...receivedFrom(row), project, folded, by: sent_by, uploadedAt: uploaded_at, expiresAt: expires_at };
}
