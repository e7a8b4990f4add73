import type { Changes, Judge, Present } from "./changes.ts";
import { judgeFiles } from "./files.ts";
import type { Transaction, TransactionKind } from "./transaction.ts";
import { judgeStatus } from "./withdrawal.ts";
import { judgeDelete, judgeUnyank, judgeYank } from "./yank.ts";

/** The judge of each kind that the index itself signs for. */
const JUDGES: Readonly<Record<Exclude<TransactionKind, "project">, Judge>> = {
  files: judgeFiles,
  yank: judgeYank,
  unyank: judgeUnyank,
  delete: judgeDelete,
  status: judgeStatus,
};

/**
 * What a transaction changes, given what stands. `judgeProject` is the judge of what developers sign.
 * @throws RepositoryError when it must not be published
 */
export function judgeTransaction({ kind, payload }: Transaction, present: Present, judgeProject: Judge): Changes {
  return kind === "project" ? judgeProject(payload, present) : JUDGES[kind](payload, present);
}
