import type { AuditLog } from "../audit-log/audit-log.ts";
import { EVERY_PROJECT } from "@countermark/repository";
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { dataPaths, openIndex } from "../data-folder.ts";
import { readSigningLog } from "../signing/signing-log.ts";
import { exists } from "../storage/durable.ts";
import type { IndexStore } from "../storage/index-store.ts";
import type { StoredTransaction } from "../storage/transactions.ts";
import type { LogOptions } from "./log.ts";

/** Transactions read at a time. */
const PAGE = 500;

/** Prints the log of an index. */
export async function printLog(subject: string | undefined, options: LogOptions): Promise<void> {
  const { data, after, limit, json, people } = options;
  if (options.signing === true) return printSigningLog(dataPaths(data).signingLog);
  const { store, audit } = await openIndex(data);
  const lines: ReadPage = people === true ? pagesOf(audit, subject, json) : pagesOfTransactions(store, subject, json);
  try {
    for (let [last, left] = [after, limit]; left > 0;) {
      const page = await lines(last, Math.min(PAGE, left));
      for (const { line } of page) process.stdout.write(`${line}\n`);
      const end = page.at(-1);
      if (end === undefined) return;
      [last, left] = [end.id, left - page.length];
    }
  } finally {
    await store.close();
  }
}

async function printSigningLog(path: string): Promise<void> {
  if (!(await exists(path))) return;
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
  for await (const entry of readSigningLog(lines)) process.stdout.write(`${JSON.stringify(entry)}\n`);
}

/** Lines of entries after an id, at most so many. */
type ReadPage = (after: number, limit: number) => Promise<readonly { readonly id: number; readonly line: string }[]>;

function pagesOfTransactions(store: IndexStore, project: string | undefined, json = false): ReadPage {
  return async (after, limit) => {
    const page = await store.transactions({ after, limit, ...(project !== undefined && { project }) });
    return page.map((one) => ({ id: one.id, line: json ? jsonLine(one) : textLine(one) }));
  };
}

function pagesOf(audit: AuditLog, subject: string | undefined, json = false): ReadPage {
  return async (after, limit) => {
    const page = await audit.entries({ after, limit, ...(subject !== undefined && { subject }) });
    return page.map((one) => {
      const { id, at, actor, action, detail } = one;
      const when = new Date(at).toISOString();
      const text = `${id}  ${when}  ${actor}  ${action} ${one.subject}  ${JSON.stringify(detail)}`;
      return { id, line: json ? JSON.stringify({ ...one, at: when }) : text };
    });
  };
}

function textLine({ id, acceptedAt, kind, project, by, outcome }: StoredTransaction): string {
  const end =
    outcome?.outcome === "refused" ? `refused ${outcome.code}: ${outcome.reason}` : (outcome?.outcome ?? "waiting");
  const subject = project === EVERY_PROJECT ? "of every project" : project;
  return `${id}  ${new Date(acceptedAt).toISOString()}  ${by}  ${kind} ${subject}  ${end}`;
}

function jsonLine({ id, acceptedAt, kind, project, by, payload, outcome, decidedAt }: StoredTransaction): string {
  const line = {
    ...{ id, kind, project, by },
    accepted: new Date(acceptedAt).toISOString(),
    ...(decidedAt !== undefined && { decided: new Date(decidedAt).toISOString() }),
    ...(outcome ?? { outcome: "waiting" }),
    payload: JSON.parse(Buffer.from(payload).toString("utf8")) as unknown,
  };
  return JSON.stringify(line);
}
