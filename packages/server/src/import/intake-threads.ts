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

  constructor(intake: GroupIntake) {
    this.#thread = new Worker(PROGRAM, { workerData: intake, stdin: false });
    // Who waits for an answer is told of it; an error between two groups is told of at the next.
    this.#thread.on("error", () => undefined);
  }

  /**
   * `takeInGroup`, over there. Not to be called again before this has settled.
   * @throws ServerError what hits all files, such as a full disk
   */
  async takeIn(group: Group): Promise<readonly GroupFinding[]> {
    const ended = new AbortController();
    const answered = once(this.#thread, "message", { signal: ended.signal });
    const exited = (): void => {
      ended.abort(new Error("the thread that takes files in has ended"));
    };
    this.#thread.once("exit", exited);
    try {
      this.#thread.postMessage(group);
      const [answer] = (await answered) as [GroupAnswer];
      if ("findings" in answer) return answer.findings;
      const { code, message, hint } = answer.failure;
      throw new ServerError(code, message, hint === undefined ? {} : { hint });
    } finally {
      this.#thread.off("exit", exited);
    }
  }

  /** Ends the thread; it is given no group any more. */
  async close(): Promise<void> {
    await this.#thread.terminate();
  }
}
