import type { AuditEntry, AuditLog, StoredAuditEntry } from "../../audit-log/audit-log.ts";
import type { SqliteDatabase } from "./database.ts";

/** The audit log in the index's SQLite file. */
export class SqliteAuditLog implements AuditLog {
  readonly #database: SqliteDatabase;

  /** The database belongs to whoever has opened it. */
  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async append(...entries: readonly AuditEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await this.#database.write(async (trx) => {
      for (const entry of entries) {
        await trx
          .insertInto("audit_log")
          .values({ ...entry, detail: JSON.stringify(entry.detail) })
          .execute();
      }
    });
  }

  async entries(query: { after?: number; subject?: string; limit: number }): Promise<readonly StoredAuditEntry[]> {
    const rows = await this.#database.read((db) => {
      const { after = 0, subject, limit } = query;
      const found = db.selectFrom("audit_log").selectAll().where("id", ">", after).orderBy("id").limit(limit);
      return (subject === undefined ? found : found.where("subject", "=", subject)).execute();
    });
    return rows.map(({ action, detail, ...row }) => ({
      ...row,
      action: action as AuditEntry["action"],
      detail: JSON.parse(detail) as AuditEntry["detail"],
    }));
  }
}
