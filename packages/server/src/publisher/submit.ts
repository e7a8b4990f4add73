import { filesPayload, type Transaction } from "@countermark/repository";
import type { Acceptance, IndexStore, NewFile } from "../storage/index-store.ts";
import { releaseFile } from "./release-file.ts";
import type { TransactionSeal } from "./seal.ts";

/** Where checked changes go. */
export interface Submission {
  readonly store: Pick<IndexStore, "submit">;
  readonly seal: TransactionSeal;
}

/** Who asked, and when (milliseconds since the epoch). */
export interface Asked {
  readonly by: string;
  readonly acceptedAt: number;
}

/** Takes checked files into the index without showing them, each as a transaction of its own. Answers in their order. */
export function submitFiles(
  { store, seal }: Submission,
  files: readonly NewFile[],
  asked: Asked,
): Promise<readonly Acceptance[]> {
  return store.submit(
    files.map((file) => {
      const payload = filesPayload(file.project, [releaseFile(file)]);
      return seal.seal({ kind: "files", project: file.project, payload }, { ...asked, reserves: [file] });
    }),
  );
}

/** Takes one change in that reserves no names. Returns the transaction's id; `Publisher.outcomeOf` says what became of it. */
export async function submitChange({ store, seal }: Submission, change: Transaction, asked: Asked): Promise<number> {
  const [acceptance] = await store.submit([seal.seal(change, asked)]);
  if (acceptance?.outcome !== "accepted") throw new Error("a transaction that reserves nothing is always accepted");
  return acceptance.transaction;
}
