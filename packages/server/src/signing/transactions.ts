import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { ServerError } from "../errors.ts";
import { TransactionSeal } from "../publisher/seal.ts";
import { exists, writeWholeFile } from "../storage/durable.ts";
import { readOwnFile } from "./key-file.ts";

const FILE = "transactions.key";
const KEY = /^[0-9a-f]{64}\n$/;
/** Owner only. */
const MODE = 0o600;

/**
 * The seal of an index's transactions; its key is made where there is none yet. It signs nothing that leaves the index:
 * it tells the publisher's own work from what somebody wrote into the database.
 * @throws ServerError `KEY_FILE`
 */
export async function loadTransactionSeal(folder: string): Promise<TransactionSeal> {
  const path = join(folder, FILE);
  if (!(await exists(path))) await makeKey(path);
  const text = Buffer.from(await readOwnFile(path)).toString("latin1");
  if (!KEY.test(text)) throw new ServerError("KEY_FILE", `key file ${path} holds no key`);
  return new TransactionSeal(Buffer.from(text.trim(), "hex"));
}

async function makeKey(path: string): Promise<void> {
  try {
    await writeWholeFile(path, `${randomBytes(32).toString("hex")}\n`, { mode: MODE, replace: false });
  } catch (error) {
    // Another process was faster: its key is the key.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
