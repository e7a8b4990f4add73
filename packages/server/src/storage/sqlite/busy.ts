import { setTimeout as sleep } from "node:timers/promises";
import { ServerError } from "../../errors.ts";

/** How long a command waits for other processes' transactions, which take milliseconds. */
const PATIENCE_MS = 30_000;
const LONGEST_PAUSE_MS = 100;

/** Runs a transaction again until no other process is in its way. Between attempts the event loop is free. */
export async function retryBusy<T>(transaction: () => Promise<T>, patienceMs = PATIENCE_MS): Promise<T> {
  const end = performance.now() + patienceMs;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await transaction();
    } catch (error) {
      if (!(error instanceof ServerError) || error.code !== "BUSY" || performance.now() >= end) throw error;
      await sleep(Math.random() * Math.min(LONGEST_PAUSE_MS, 2 ** attempt));
    }
  }
}
