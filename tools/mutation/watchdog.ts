import { Worker, workerData, isMainThread } from "node:worker_threads";

/**
 * Ends this very process when one test computes too much: a thread of its own looks on, since a test that runs for ever
 * lets nothing else run. What counts is what the process computes, not the time that goes by: else a slow run on a busy
 * machine would pass for a noticed mutant.
 */
export class Watchdog {
  /** Seconds of processor time at which the process is ended. */
  readonly #limit = new Float64Array(new SharedArrayBuffer(8));

  constructor() {
    this.#limit[0] = Infinity;
    new Worker(new URL(import.meta.url), { workerData: this.#limit }).unref();
  }

  /** From now on, so many seconds may be computed. */
  allow(seconds: number): void {
    this.#limit[0] = computed() + seconds;
  }
}

/** Seconds of processor time that this process has taken. */
export function computed(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const LOOKS_EACH_MS = 50;

if (!isMainThread) {
  const limit = workerData as Float64Array;
  setInterval(() => {
    if (computed() > (limit[0] ?? 0)) process.kill(process.pid, "SIGKILL");
  }, LOOKS_EACH_MS);
}
