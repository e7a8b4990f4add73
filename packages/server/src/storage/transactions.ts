import type { Transaction } from "@countermark/repository";
import type { NewFile } from "./index-store.ts";

/** A transaction that somebody who may has asked for, sealed by the process that checked it. Times in milliseconds. */
export interface NewTransaction extends Transaction {
  /** Who asked: an account's name, or `operator`. */
  readonly by: string;
  readonly acceptedAt: number;
  /** Random, unique for ever. */
  readonly nonce: string;
  /** Keyed digest over all of the above: what the database alone cannot make (docs/adr/0005). */
  readonly seal: string;
  /** Rows whose names it takes until its outcome. */
  readonly reserves: readonly NewFile[];
}

/** What became of a transaction. A refusal's code and reason are those of the check that failed. */
export type Outcome =
  | { readonly outcome: "published"; readonly publishedIn: number }
  | { readonly outcome: "refused"; readonly code: string; readonly reason: string };

/** A transaction as it is kept for ever. Ids go up in the order of acceptance. */
export interface StoredTransaction extends Omit<NewTransaction, "reserves"> {
  readonly id: number;
  /** Undefined while it waits. */
  readonly outcome: Outcome | undefined;
  readonly decidedAt: number | undefined;
}

/** What was decided of one transaction in a publication. */
export type Decision =
  | { readonly id: number; readonly outcome: "published" }
  | { readonly id: number; readonly outcome: "refused"; readonly code: string; readonly reason: string };

/** Which transactions to read, oldest first. */
export interface TransactionQuery {
  readonly after?: number;
  readonly project?: string;
  readonly limit: number;
}
