import { confusableForm } from "@countermark/packaging";
import type { Kysely, Selectable, Transaction } from "kysely";
import { judgeName, looksOf } from "../../names/judge.ts";
import type { Beginner, NameBar, NameRule } from "../../names/name-store.ts";
import type { NameRuleTable, Tables } from "./tables.ts";

type Reading = Kysely<Tables> | Transaction<Tables>;

/** Why somebody may not begin this project; undefined where they may, or where it is there already. */
export async function barOf(db: Reading, project: string, by: Beginner): Promise<NameBar | undefined> {
  return (await isNewName(db, project)) ? barOfNew(db, project, by) : undefined;
}

/** Nobody's yet: no member, and nothing was ever taken in under this name. */
export async function isNewName(db: Reading, project: string): Promise<boolean> {
  const known = await db.selectFrom("project").select("name").where("name", "=", project).executeTakeFirst();
  if (known !== undefined) return false;
  const member = await db
    .selectFrom("project_member")
    .select("project")
    .where("project", "=", project)
    .executeTakeFirst();
  return member === undefined;
}

/** The same of a name that is known to be new. */
export async function barOfNew(db: Reading, project: string, by: Beginner): Promise<NameBar | undefined> {
  const { heads, whole } = looksOf(project);
  const rows = await db
    .selectFrom("name_rule")
    .selectAll()
    .where((eb) => eb.or([eb("look", "in", heads), eb("whole", "=", whole)]))
    .execute();
  const rules = await withGrants(db, rows);
  return judgeName(project, by, rules, await twinOf(db, confusableForm(project)));
}

/** Rules with the accounts that they are for. */
export async function withGrants(
  db: Reading,
  rows: readonly Selectable<NameRuleTable>[],
): Promise<readonly NameRule[]> {
  const rules: NameRule[] = [];
  for (const row of rows) {
    const grants = row.kind === "reserved" ? await grantsOf(db, row.name) : [];
    const { kind, name, note, since } = row;
    rules.push({ kind, name, note, since, exact: row.exact === 1, imports: row.imports === 1, accounts: grants });
  }
  return rules;
}

async function grantsOf(db: Reading, name: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("name_grant")
    .select("account")
    .where("name", "=", name)
    .orderBy("account")
    .execute();
  return rows.map(({ account }) => account);
}

async function twinOf(db: Reading, look: string): Promise<string | undefined> {
  const begun = await db.selectFrom("project").select("name").where("confusable", "=", look).executeTakeFirst();
  if (begun !== undefined) return begun.name;
  const owned = await db
    .selectFrom("project_member")
    .select("project")
    .where("confusable", "=", look)
    .executeTakeFirst();
  return owned?.project;
}
