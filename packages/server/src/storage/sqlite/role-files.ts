import type { Transaction } from "kysely";
import type { Publication } from "../index-store.ts";
import { chunks } from "./chunks.ts";
import type { Tables } from "./tables.ts";

const TIMESTAMP = "timestamp";
/** The root's old versions stay for ever: a client that slept for years walks through all of them (TUF 5.3). */
const ROOT = "root";
/** And those of `p.` roles: who knew a project's owners gets to the present ones by their signatures. */
const OWNERS = "p.%";

/** Stores role files and makes them the present ones. */
export async function putRoles(trx: Transaction<Tables>, { roles, at }: Publication): Promise<void> {
  if (roles.length === 0) return;
  // Every version of the timestamp has the same URL, so that nobody can ask for an old one.
  await trx.deleteFrom("role_file").where("name", "=", TIMESTAMP).execute();
  for (const some of chunks(roles)) {
    const names = some.map(({ name }) => name);
    await supersede(trx, names, at);
    await trx
      .insertInto("role_file")
      .values(some.map(({ name, version, bytes }) => ({ name, version, bytes })))
      .execute();
    await trx.deleteFrom("role").where("name", "in", names).execute();
    const present = some.map(({ name, version, expires, length, sha256 }) => ({
      ...{ name, version, expires, length, sha256 },
    }));
    await trx.insertInto("role").values(present).execute();
  }
}

/** Notes which files have had their time, apart from the files: SQLite would write each of them again. */
async function supersede(trx: Transaction<Tables>, names: readonly string[], at: number): Promise<void> {
  const present = trx
    .selectFrom("role")
    .select((eb) => [eb.val(at).as("superseded_at"), "name", "version"])
    .where("name", "in", names)
    .where("name", "not in", [TIMESTAMP, ROOT])
    .where("name", "not like", OWNERS);
  await trx
    .insertInto("superseded_role_file")
    .columns(["superseded_at", "name", "version"])
    .expression(present)
    .execute();
}

/** Forgets role files that were superseded before a time. Returns how many. */
export async function sweepRoleFiles(trx: Transaction<Tables>, before: number): Promise<number> {
  const { numDeletedRows } = await trx
    .deleteFrom("role_file")
    .where((eb) =>
      eb(
        eb.refTuple("name", "version"),
        "in",
        eb
          .selectFrom("superseded_role_file")
          .select(["name", "version"])
          .where("superseded_at", "<", before)
          .$asTuple("name", "version"),
      ),
    )
    .executeTakeFirst();
  await trx.deleteFrom("superseded_role_file").where("superseded_at", "<", before).execute();
  return Number(numDeletedRows);
}
