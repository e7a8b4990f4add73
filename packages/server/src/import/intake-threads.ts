import { Worker } from "node:worker_threads";
import { ServerError } from "../errors.ts";
import type { Group, GroupFinding, GroupIntake } from "./take-in-group.ts";
import type { GroupAnswer } from "./thread-messages.ts";

/** This program runs from its sources as well as compiled. */
const PROGRAM = new URL(`./intake-thread.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url);

/** A thread that takes groups of files in, one after the other, beside the thread that publishes them. */
export class IntakeThread {
  readonly #thread: Worker;
  /** Who waits for an answer, in the order of their questions: a thread answers in it. */
  readonly #waiting: PromiseWithResolvers<GroupAnswer>[] = [];
  #ended: ServerError | undefined;

  constructor(intake: GroupIntake) {
    this.#thread = new Worker(PROGRAM, { workerData: intake, stdin: false });
    let cause: unknown;
    this.#thread
      .on("message", (answer: GroupAnswer) => {
        this.#waiting.shift()?.resolve(answer);
      })
      .on("error", (error) => {
        cause = error;
      })
      .once("exit", () => {
        this.#ended = threadEnded(cause);
        for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
      });
  }

  /**
   * `takeInGroup`, over there. Groups may wait there for their turn.
   * @throws ServerError what hits all files, such as a full disk; `THREAD_ENDED`
   */
  async takeIn(group: Group): Promise<readonly GroupFinding[]> {
    if (this.#ended !== undefined) throw this.#ended;
    const waiting = Promise.withResolvers<GroupAnswer>();
    this.#waiting.push(waiting);
    this.#thread.postMessage(group);
    const answer = await waiting.promise;
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
