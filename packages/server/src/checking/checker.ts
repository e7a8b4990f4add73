import { Worker } from "node:worker_threads";
import { checkDistribution, PackagingError, type Distribution } from "@countermark/packaging";
import { ServerError } from "../errors.ts";
import type { BlobReader } from "../storage/blob-store.ts";
import { fromRefusal, type Finding, type Job } from "./thread-messages.ts";

/** Files that are checked at the same time; more wait. */
export const MAX_THREADS = 2;
/** Memory that one check may take beside the buffers it reads into. */
const MAX_HEAP_MB = 512;
/** Longest that one check may take. */
const MAX_CHECK_MS = 5 * 60_000;
/** How long a thread without work stays. */
const IDLE_MS = 10_000;
/** This program runs from its sources as well as compiled. */
const PROGRAM = new URL(`./check-thread.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url);

interface Waiting {
  readonly job: Job;
  readonly done: PromiseWithResolvers<Finding>;
}

/**
 * Checks files from end to end beside the thread that answers: unpacking and hashing a large archive takes seconds, in
 * which nobody else must wait. Bounded in threads, and each check in memory and time.
 */
export class Checker {
  /** Each with the timer that ends it. */
  readonly #idle = new Map<Worker, NodeJS.Timeout>();
  readonly #busy = new Set<Worker>();
  readonly #waiting: Waiting[] = [];

  /** A file is on its way: a thread starts meanwhile, where none runs. */
  expect(): void {
    if (this.#idle.size + this.#busy.size === 0) this.#rest(startThread());
  }

  /**
   * What a file is. It stays open until this is settled.
   * @throws PackagingError the first thing that is wrong with it
   */
  async check(filename: string, reader: BlobReader): Promise<Distribution> {
    const { descriptor, size } = reader;
    if (descriptor === undefined) return sound(checkDistribution(filename, reader));
    const done = Promise.withResolvers<Finding>();
    this.#waiting.push({ job: { filename, descriptor, size }, done });
    this.#next();
    const finding = await done.promise;
    if (finding.outcome === "refused") throw fromRefusal(finding.refusal);
    return sound({ distribution: finding.distribution, problems: finding.problems.map(fromRefusal) });
  }

  /** Ends all threads; what is being checked fails. */
  async close(): Promise<void> {
    await Promise.all([...this.#idle.keys(), ...this.#busy].map((thread) => thread.terminate()));
  }

  #next(): void {
    while (this.#busy.size < MAX_THREADS) {
      const waiting = this.#waiting.shift();
      if (waiting === undefined) return;
      const [kept] = this.#idle.keys();
      this.#run(kept ?? startThread(), waiting);
    }
  }

  #run(thread: Worker, { job, done }: Waiting): void {
    this.#leaveIdle(thread);
    this.#busy.add(thread);
    forgetListeners(thread);
    thread.ref();
    let failure: unknown = new ServerError("THREAD_ENDED", "the thread that checks files ended", { hint: "try again" });
    const timer = setTimeout(() => {
      failure = tooLarge("time");
      void thread.terminate();
    }, MAX_CHECK_MS);
    thread.once("message", (finding: Finding) => {
      clearTimeout(timer);
      this.#rest(thread);
      done.resolve(finding);
    });
    thread.once("error", (error: NodeJS.ErrnoException) => {
      failure = error.code === "ERR_WORKER_OUT_OF_MEMORY" ? tooLarge("memory") : error;
    });
    // Only now nothing reads from the descriptor any more, and the file may be closed.
    thread.once("exit", () => {
      clearTimeout(timer);
      this.#busy.delete(thread);
      done.reject(failure);
      this.#next();
    });
    thread.postMessage(job);
  }

  /** Between two jobs a thread keeps nobody from ending. */
  #rest(thread: Worker): void {
    this.#busy.delete(thread);
    const timer = setTimeout(() => {
      this.#leaveIdle(thread);
      void thread.terminate();
    }, IDLE_MS);
    this.#idle.set(thread, timer.unref());
    forgetListeners(thread);
    thread.unref();
    thread
      .once("error", () => undefined)
      .once("exit", () => {
        this.#leaveIdle(thread);
      });
    this.#next();
  }

  #leaveIdle(thread: Worker): void {
    clearTimeout(this.#idle.get(thread));
    this.#idle.delete(thread);
  }
}

function forgetListeners(thread: Worker): void {
  for (const event of ["message", "error", "exit"]) thread.removeAllListeners(event);
}

function startThread(): Worker {
  return new Worker(PROGRAM, { resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB }, stdin: false });
}

function sound({ distribution, problems }: { distribution: Distribution; problems: readonly PackagingError[] }) {
  if (problems[0] !== undefined) throw problems[0];
  return distribution;
}

function tooLarge(of: "time" | "memory"): PackagingError {
  return new PackagingError("ARCHIVE_TOO_LARGE", `checking the file takes more ${of} than this index spends on one`, {
    hint: "split the release into smaller files",
  });
}
