import { lookOf } from "../../names/judge.ts";
import type { Beginner, NameBar, NameRule, NameStore } from "../../names/name-store.ts";
import type { SqliteDatabase } from "./database.ts";
import { barOf, barOfNew, isNewName, withGrants } from "./name-rules.ts";

/** Rules for names in the index's SQLite file. */
export class SqliteNameStore implements NameStore {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  put(rule: NameRule): Promise<"put" | "no-account"> {
    const { kind, name, note, since, accounts } = rule;
    const row = { ...lookOf(name), exact: rule.exact ? 1 : 0, imports: rule.imports ? 1 : 0, note, since };
    return this.#database.write(async (trx) => {
      for (const account of accounts) {
        const known = await trx.selectFrom("account").select("name").where("name", "=", account).executeTakeFirst();
        if (known === undefined) return "no-account";
      }
      await trx
        .insertInto("name_rule")
        .values({ kind, name, ...row })
        .onConflict((conflict) => conflict.columns(["kind", "name"]).doUpdateSet(row))
        .execute();
      for (const account of accounts) {
        await trx
          .insertInto("name_grant")
          .values({ name, account })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }
      return "put";
    });
  }

  remove(kind: NameRule["kind"], name: string): Promise<boolean> {
    return this.#database.write(async (trx) => {
      if (kind === "reserved") await trx.deleteFrom("name_grant").where("name", "=", name).execute();
      const { numDeletedRows } = await trx
        .deleteFrom("name_rule")
        .where("kind", "=", kind)
        .where("name", "=", name)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    });
  }

  rules(): Promise<readonly NameRule[]> {
    return this.#database.read(async (db) =>
      withGrants(db, await db.selectFrom("name_rule").selectAll().orderBy("name").orderBy("kind").execute()),
    );
  }

  barOf(project: string, by: Beginner): Promise<NameBar | undefined> {
    return this.#database.read((db) => barOf(db, project, by));
  }

  begin(project: string, shard: string, by: Beginner): Promise<NameBar | undefined> {
    return this.#database.write(async (trx) => {
      if (!(await isNewName(trx, project))) return undefined;
      const bar = await barOfNew(trx, project, by);
      if (bar === undefined)
        await trx.insertInto("project").values({ name: project, shard, changed_in: null }).execute();
      return bar;
    });
  }
}
