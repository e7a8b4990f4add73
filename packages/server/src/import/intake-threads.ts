import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { ServerError } from "../errors.ts";
import type { Group, GroupFinding, GroupIntake } from "./take-in-group.ts";
import type { GroupAnswer } from "./thread-messages.ts";

/** This program runs from its sources as well as compiled. */
const PROGRAM = new URL(`./intake-thread.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url);

/** A thread that takes groups of files in, one at a time, beside the thread that publishes them. */
export class IntakeThread {
  readonly #thread: Worker;
  readonly #ended = new AbortController();

  constructor(intake: GroupIntake) {
    this.#thread = new Worker(PROGRAM, { workerData: intake, stdin: false });
    // Who waits for an answer is told of an error; who comes later is told that the thread has ended.
    this.#thread
      .on("error", () => undefined)
      .once("exit", () => {
        this.#ended.abort();
      });
  }

  /**
   * `takeInGroup`, over there. Not to be called again before this has settled.
   * @throws ServerError what hits all files, such as a full disk; `THREAD_ENDED`
   */
  async takeIn(group: Group): Promise<readonly GroupFinding[]> {
    const answered = once(this.#thread, "message", { signal: this.#ended.signal });
    this.#thread.postMessage(group);
    const [answer] = (await answered.catch((cause: unknown) => {
      throw this.#ended.signal.aborted ? threadEnded(cause) : cause;
    })) as [GroupAnswer];
    if ("findings" in answer) return answer.findings;
    const { code, message, hint } = answer.failure;
    throw new ServerError(code, message, hint === undefined ? {} : { hint });
  }

  /** Ends the thread; it is given no group any more. */
  async close(): Promise<void> {
    await this.#thread.terminate();
  }
}

function threadEnded(cause: unknown): ServerError {
  const hint = "run the import again: it goes on where it stopped";
  return new ServerError("THREAD_ENDED", "the thread that takes files in has ended", { hint, cause });
}
