import type { Transaction } from "@countermark/repository";
import type { Clock } from "../clock.ts";
import { openIndex, type OpenIndex } from "../data-folder.ts";
import { ServerError } from "../errors.ts";
import { makePublisher } from "../publisher/make.ts";
import type { Publisher } from "../publisher/publisher.ts";
import { submitChange } from "../publisher/submit.ts";

/** A change that took effect. */
export interface Applied {
  /** Its number in the log. */
  readonly transaction: number;
  /** Version of the timestamp from which on installers see it. */
  readonly publishedIn: number;
}

export interface ChangePorts {
  readonly index: OpenIndex;
  readonly publisher: Publisher;
  readonly clock: Clock;
}

/**
 * Makes a change of an index and publishes it: when this is fulfilled, installers see it.
 * @throws ServerError `CHANGE_REFUSED`
 */
export async function applyChange(
  { index, publisher, clock }: ChangePorts,
  change: Transaction,
  by: string,
): Promise<Applied> {
  const transaction = await submitChange(index, change, { by, acceptedAt: clock() });
  const outcome = await publisher.outcomeOf(transaction);
  if (outcome.outcome === "published") return { transaction, publishedIn: outcome.publishedIn };
  throw new ServerError("CHANGE_REFUSED", `${outcome.reason} (${outcome.code})`);
}

/** The same for the index in a data folder. */
export async function changeIndex(
  data: string,
  by: string,
  clock: Clock,
  make: (index: OpenIndex) => Promise<Transaction>,
): Promise<Applied> {
  const index = await openIndex(data);
  try {
    return await applyChange({ index, publisher: makePublisher(index, clock), clock }, await make(index), by);
  } finally {
    await index.store.close();
  }
}
