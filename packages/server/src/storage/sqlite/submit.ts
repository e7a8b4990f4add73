import type { Transaction } from "kysely";
import type { Acceptance, NewFile } from "../index-store.ts";
import { OPERATOR } from "../../audit-log/audit-log.ts";
import type { Beginner } from "../../names/name-store.ts";
import type { NewTransaction } from "../transactions.ts";
import { barOf } from "./name-rules.ts";
import { fileRow, transactionRow } from "./rows.ts";
import type { Tables } from "./tables.ts";

/** Takes one transaction in: it and every name it reserves, or nothing. */
export async function submitOne(trx: Transaction<Tables>, transaction: NewTransaction): Promise<Acceptance> {
  const fresh: NewFile[] = [];
  for (const file of transaction.reserves) {
    const twin = await twinOf(trx, file);
    if (twin === undefined) fresh.push(file);
    else if (twin.filename !== file.filename || twin.sha256 !== file.sha256 || twin.deleted_in !== null) {
      return {
        outcome: "conflict",
        filename: twin.filename,
        sha256: twin.sha256,
        deleted: twin.deleted_in !== null,
      };
    }
  }
  if (fresh.length === 0 && transaction.reserves.length > 0) return { outcome: "known" };
  const bar = fresh.length === 0 ? undefined : await barOf(trx, transaction.project, beginner(transaction));
  if (bar !== undefined) return { outcome: "barred", bar };
  const { id } = await trx
    .insertInto("publication_transaction")
    .values(transactionRow(transaction))
    .returning("id")
    .executeTakeFirstOrThrow();
  for (const file of fresh) await reserve(trx, file, id);
  return { outcome: "accepted", transaction: id };
}

function beginner({ by }: NewTransaction): Beginner {
  return by === OPERATOR ? "operator" : { account: by };
}

function twinOf(trx: Transaction<Tables>, { project, folded }: NewFile) {
  return trx
    .selectFrom("file")
    .select(["filename", "sha256", "deleted_in"])
    .where("project", "=", project)
    .where("folded", "=", folded)
    .executeTakeFirst();
}

async function reserve(trx: Transaction<Tables>, file: NewFile, transaction: number): Promise<void> {
  await trx
    .insertInto("project")
    .values({ name: file.project, shard: file.shard, changed_in: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await trx
    .insertInto("file")
    .values({ ...fileRow(file), transaction_id: transaction })
    .execute();
}
