import type { Kysely, Selectable, Transaction } from "kysely";
import {
  KEEP_EXPIRED_TOKENS_MS,
  type Account,
  type AccountKeys,
  type AccountStore,
  type Invitation,
  type Member,
  type MemberRole,
  type NewAccount,
  type NewAccountKeys,
  type NewInvitation,
  type NewToken,
  type Token,
} from "../../accounts/account-store.ts";
import { OPERATOR } from "../../audit-log/audit-log.ts";
import type { NameBar } from "../../names/name-store.ts";
import { accountFrom, invitationFrom, keysFrom, keysRow, memberFrom, tokenFrom, tokenRow } from "./account-rows.ts";
import type { TokenTable } from "./account-tables.ts";
import type { SqliteDatabase } from "./database.ts";
import { barOfNew, isNewName } from "./name-rules.ts";
import type { Tables } from "./tables.ts";

/** Accounts in the index's SQLite file. */
export class SqliteAccountStore implements AccountStore {
  readonly #database: SqliteDatabase;

  /** The database belongs to whoever has opened it. */
  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  addAccount({ name, at, keys, invitation }: NewAccount): Promise<"added" | "taken" | "key-taken" | "not-invited"> {
    return this.#database.write(async (trx) => {
      if (name === OPERATOR || (await accountRow(trx, name)) !== undefined) return "taken";
      if (keys !== undefined && (await isKeyTaken(trx, keys))) return "key-taken";
      const invited = invitation === undefined ? undefined : await openInvitation(trx, invitation, at);
      if (invitation !== undefined && invited === undefined) return "not-invited";
      await trx.insertInto("account").values({ name, created_at: at, disabled_at: null }).execute();
      if (keys !== undefined)
        await trx
          .insertInto("account_key")
          .values(keysRow(name, keys, at))
          .execute();
      if (invited !== undefined) {
        await trx.updateTable("invitation").set({ used_at: at, account: name }).where("id", "=", invited).execute();
      }
      return "added";
    });
  }

  async account(name: string): Promise<Account | undefined> {
    const row = await this.#database.read((db) => accountRow(db, name));
    return row === undefined ? undefined : accountFrom(row);
  }

  async accounts(): Promise<readonly Account[]> {
    const rows = await this.#database.read((db) => db.selectFrom("account").selectAll().orderBy("name").execute());
    return rows.map(accountFrom);
  }

  setDisabled(name: string, at: number | undefined): Promise<boolean> {
    return this.#database.write(async (trx) => {
      const changed = await trx
        .updateTable("account")
        .set({ disabled_at: at ?? null })
        .where("name", "=", name)
        .executeTakeFirst();
      return changed.numUpdatedRows > 0n;
    });
  }

  addKeys(account: string, keys: NewAccountKeys, at: number): Promise<"added" | "key-taken" | "no-account"> {
    return this.#database.write(async (trx) => {
      if (!(await isEnabled(trx, account))) return "no-account";
      if (await isKeyTaken(trx, keys)) return "key-taken";
      await trx
        .insertInto("account_key")
        .values(keysRow(account, keys, at))
        .execute();
      return "added";
    });
  }

  async keysOf(account: string): Promise<readonly AccountKeys[]> {
    const rows = await this.#database.read((db) =>
      db.selectFrom("account_key").selectAll().where("account", "=", account).orderBy("id").execute(),
    );
    return rows.map(keysFrom);
  }

  retireKeys(account: string, id: number, at: number): Promise<boolean> {
    return this.#database.write(async (trx) => {
      const changed = await trx
        .updateTable("account_key")
        .set({ retired_at: at })
        .where("account", "=", account)
        .where("id", "=", id)
        .where("retired_at", "is", null)
        .executeTakeFirst();
      return changed.numUpdatedRows > 0n;
    });
  }

  addToken(token: NewToken): Promise<"added" | "no-account"> {
    return this.#database.write(async (trx) => {
      if (!(await isEnabled(trx, token.account))) return "no-account";
      await trx.insertInto("token").values(tokenRow(token)).execute();
      for (const project of new Set(token.projects)) {
        await trx.insertInto("token_project").values({ token: token.id, project }).execute();
      }
      return "added";
    });
  }

  async liveToken(hash: string, now: number): Promise<Token | undefined> {
    return this.#database.read(async (db) => {
      const row = await db
        .selectFrom("token")
        .innerJoin("account", "account.name", "token.account")
        .selectAll("token")
        .where("hash", "=", hash)
        .where("expires_at", ">", now)
        .where("revoked_at", "is", null)
        .where("disabled_at", "is", null)
        .executeTakeFirst();
      return row === undefined ? undefined : withProjects(db, row);
    });
  }

  async tokens(account?: string): Promise<readonly Token[]> {
    return this.#database.read(async (db) => {
      let query = db.selectFrom("token").selectAll().where("kind", "=", "token");
      if (account !== undefined) query = query.where("account", "=", account);
      const rows = await query.orderBy("created_at", "desc").orderBy("id").execute();
      const tokens: Token[] = [];
      for (const row of rows) tokens.push(await withProjects(db, row));
      return tokens;
    });
  }

  revokeToken(id: string, at: number): Promise<boolean> {
    return this.#database.write(async (trx) => {
      const changed = await trx
        .updateTable("token")
        .set({ revoked_at: at })
        .where("id", "=", id)
        .where("revoked_at", "is", null)
        .executeTakeFirst();
      return changed.numUpdatedRows > 0n;
    });
  }

  async touchTokens(used: ReadonlyMap<string, number>): Promise<void> {
    await this.#database.write(async (trx) => {
      for (const [id, at] of used) {
        await trx
          .updateTable("token")
          .set({ last_used_at: at })
          .where("id", "=", id)
          .where((eb) => eb.or([eb("last_used_at", "is", null), eb("last_used_at", "<", at)]))
          .execute();
      }
    });
  }

  async sweepTokens(before: number): Promise<number> {
    const swept = await this.#database.write((trx) =>
      trx
        .deleteFrom("token")
        .where((eb) =>
          eb.or([
            eb.and([eb("kind", "=", "session"), eb("expires_at", "<", before)]),
            eb("expires_at", "<", before - KEEP_EXPIRED_TOKENS_MS),
          ]),
        )
        .executeTakeFirst(),
    );
    return Number(swept.numDeletedRows);
  }

  joinOrFound(
    project: string,
    account: string,
    at: number,
  ): Promise<{ role: MemberRole; founded: boolean } | NameBar | undefined> {
    return this.#database.write(async (trx) => {
      const role = await roleOf(trx, project, account);
      if (role !== undefined) return { role, founded: false };
      if (!(await isNewName(trx, project)) || !(await isEnabled(trx, account))) return undefined;
      const bar = await barOfNew(trx, project, { account });
      if (bar !== undefined) return bar;
      await trx.insertInto("project_member").values({ project, account, role: "owner", since: at }).execute();
      return { role: "owner", founded: true };
    });
  }

  role(project: string, account: string): Promise<MemberRole | undefined> {
    return this.#database.read((db) => roleOf(db, project, account));
  }

  async members(project: string): Promise<readonly Member[]> {
    const rows = await this.#database.read((db) =>
      db.selectFrom("project_member").selectAll().where("project", "=", project).orderBy("account").execute(),
    );
    return rows.map(memberFrom);
  }

  async memberships(account: string): Promise<readonly Member[]> {
    const rows = await this.#database.read((db) =>
      db.selectFrom("project_member").selectAll().where("account", "=", account).orderBy("project").execute(),
    );
    return rows.map(memberFrom);
  }

  setMember(member: Member): Promise<"set" | "no-account" | "last-owner"> {
    const { project, account, role, since } = member;
    return this.#database.write(async (trx) => {
      if ((await accountRow(trx, account)) === undefined) return "no-account";
      if (role !== "owner" && (await isLastOwner(trx, project, account))) return "last-owner";
      await trx
        .insertInto("project_member")
        .values({ project, account, role, since })
        .onConflict((conflict) => conflict.columns(["project", "account"]).doUpdateSet({ role }))
        .execute();
      return "set";
    });
  }

  removeMember(project: string, account: string): Promise<"removed" | "no-member" | "last-owner"> {
    return this.#database.write(async (trx) => {
      if (await isLastOwner(trx, project, account)) return "last-owner";
      const { numDeletedRows } = await trx
        .deleteFrom("project_member")
        .where("project", "=", project)
        .where("account", "=", account)
        .executeTakeFirst();
      return numDeletedRows > 0n ? "removed" : "no-member";
    });
  }

  async addInvitation({ id, hash, note, createdAt, expiresAt }: NewInvitation): Promise<void> {
    const row = { id, hash, note, created_at: createdAt, expires_at: expiresAt, used_at: null, account: null };
    await this.#database.write((trx) => trx.insertInto("invitation").values(row).execute());
  }

  async invitations(): Promise<readonly Invitation[]> {
    const rows = await this.#database.read((db) =>
      db.selectFrom("invitation").selectAll().orderBy("created_at", "desc").orderBy("id").execute(),
    );
    return rows.map(invitationFrom);
  }
}

type Reading = Kysely<Tables> | Transaction<Tables>;

function accountRow(db: Reading, name: string) {
  return db.selectFrom("account").selectAll().where("name", "=", name).executeTakeFirst();
}

async function isEnabled(db: Reading, name: string): Promise<boolean> {
  return (await accountRow(db, name))?.disabled_at === null;
}

/** Either key, in either place, by whomever. */
async function isKeyTaken(db: Reading, { releaseId, loginId }: NewAccountKeys): Promise<boolean> {
  const ids = [releaseId, loginId];
  const found = await db
    .selectFrom("account_key")
    .select("id")
    .where((eb) => eb.or([eb("release_id", "in", ids), eb("login_id", "in", ids)]))
    .executeTakeFirst();
  return found !== undefined;
}

async function openInvitation(db: Reading, hash: string, now: number): Promise<string | undefined> {
  const found = await db
    .selectFrom("invitation")
    .select("id")
    .where("hash", "=", hash)
    .where("used_at", "is", null)
    .where("expires_at", ">", now)
    .executeTakeFirst();
  return found?.id;
}

async function withProjects(db: Reading, row: Selectable<TokenTable>): Promise<Token> {
  if (row.all_projects === 1) return tokenFrom(row, []);
  const projects = await db
    .selectFrom("token_project")
    .select("project")
    .where("token", "=", row.id)
    .orderBy("project")
    .execute();
  return tokenFrom(
    row,
    projects.map(({ project }) => project),
  );
}

async function roleOf(db: Reading, project: string, account: string): Promise<MemberRole | undefined> {
  const row = await db
    .selectFrom("project_member")
    .select("role")
    .where("project", "=", project)
    .where("account", "=", account)
    .executeTakeFirst();
  return row?.role;
}

async function isLastOwner(db: Reading, project: string, account: string): Promise<boolean> {
  const owners = await db
    .selectFrom("project_member")
    .select("account")
    .where("project", "=", project)
    .where("role", "=", "owner")
    .limit(2)
    .execute();
  return owners.length === 1 && owners[0]?.account === account;
}
