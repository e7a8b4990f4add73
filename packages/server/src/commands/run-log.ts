import { openIndex } from "../data-folder.ts";
import type { StoredTransaction } from "../storage/transactions.ts";
import type { LogOptions } from "./log.ts";

/** Transactions read at a time. */
const PAGE = 500;

/** Prints the log of an index. */
export async function printLog(project: string | undefined, { data, after, limit, json }: LogOptions): Promise<void> {
  const { store } = await openIndex(data);
  try {
    for (let [last, left] = [after, limit]; left > 0;) {
      const page = await store.transactions({
        after: last,
        limit: Math.min(PAGE, left),
        ...(project !== undefined && { project }),
      });
      for (const one of page) process.stdout.write(json === true ? jsonLine(one) : textLine(one));
      const end = page.at(-1);
      if (end === undefined) return;
      [last, left] = [end.id, left - page.length];
    }
  } finally {
    await store.close();
  }
}

function textLine({ id, acceptedAt, kind, project, by, outcome }: StoredTransaction): string {
  const end =
    outcome?.outcome === "refused" ? `refused ${outcome.code}: ${outcome.reason}` : (outcome?.outcome ?? "waiting");
  return `${id}  ${new Date(acceptedAt).toISOString()}  ${by}  ${kind} ${project}  ${end}\n`;
}

function jsonLine({ id, acceptedAt, kind, project, by, payload, outcome, decidedAt }: StoredTransaction): string {
  const line = {
    ...{ id, kind, project, by },
    accepted: new Date(acceptedAt).toISOString(),
    ...(decidedAt !== undefined && { decided: new Date(decidedAt).toISOString() }),
    ...(outcome ?? { outcome: "waiting" }),
    payload: JSON.parse(Buffer.from(payload).toString("utf8")) as unknown,
  };
  return `${JSON.stringify(line)}\n`;
}
