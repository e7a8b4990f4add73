import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Mutant } from "./mutants.ts";
import { keyOf, type Answer, type MeasuredTest, type Order, type TestName } from "./orders.ts";

/** Loaded modules are never forgotten by a process: after so many mutants a new one takes over. */
const MUTANTS_PER_PROCESS = 60;
/** Longest that a mutant may wait without computing. */
const WAIT_MS = 900_000;
/** What a mutant may fill with objects. */
const HEAP_MEGABYTES = 1536;

/** What a mutant does that nothing of ours ended. */
const DIED = "ends the process";

/** How trying a mutant ended: what noticed it, in words, or nothing. */
export interface Verdict {
  readonly by?: TestName;
  /** There is no `by`, but the process did not come to the end of the tests. */
  readonly ended?: string;
}

/** Tries mutants in a process that is kept warm. */
export class Trial {
  readonly #folder: string;
  #child: ChildProcess | undefined;
  #tried = 0;
  #usual: Readonly<Record<string, number>> = {};

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Runs all tests without a mutant. Throws where one fails. */
  async measure(): Promise<readonly MeasuredTest[]> {
    const answer = await this.#ask({ kind: "measure" });
    this.end();
    if (typeof answer === "string" || answer.kind !== "measured") {
      throw new Error(`the tests fail without any mutant: ${JSON.stringify(answer)}`);
    }
    return answer.tests;
  }

  /** What tests compute without a mutant: they are ended when it becomes a multiple of that. */
  know(tests: readonly MeasuredTest[]): void {
    this.#usual = Object.fromEntries(tests.map((test) => [keyOf(test), test.seconds]));
  }

  /**
   * Whether any test notices the mutant; all of them are run unless one does. A process that died is taken for the mutant's
   * doing only when a new one dies of it too.
   */
  async of(mutant: Mutant, first: readonly TestName[]): Promise<Verdict> {
    if (this.#tried >= MUTANTS_PER_PROCESS) this.end();
    const order: Order = { kind: "try", mutant, first };
    const fresh = this.#child === undefined;
    let answer = await this.#ask(order);
    if (typeof answer === "string" && !fresh) answer = await this.#ask(order);
    if (typeof answer === "string") {
      if (answer.startsWith(DIED)) await this.#check();
      return { ended: answer };
    }
    if (answer.kind !== "tried") throw new Error("an answer to another question");
    return answer.by === undefined ? {} : { by: answer.by };
  }

  end(): void {
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
    this.#tried = 0;
  }

  /** Throws unless a new process passes without a mutant: else what ended the others would pass for noticed mutants. */
  async #check(): Promise<void> {
    const answer = await this.#ask({ kind: "check" });
    if (typeof answer !== "string" && answer.kind === "checked") return;
    throw new Error("the tests cannot be run any more, without any mutant: what was found just before does not count");
  }

  /** The answer, or how the process ended. */
  async #ask(order: Order): Promise<Answer | string> {
    const child = (this.#child ??= this.#start());
    this.#tried += 1;
    const over = new AbortController();
    const { signal } = over;
    const timer = setTimeout(() => child.kill("SIGTERM"), WAIT_MS);
    child.send(order);
    try {
      return await Promise.race([
        once(child, "message", { signal }).then(([answer]) => answer as Answer),
        once(child, "exit", { signal }).then((how) => this.#ended(how as [number | null, NodeJS.Signals | null])),
      ]);
    } finally {
      clearTimeout(timer);
      over.abort();
    }
  }

  #ended([code, signal]: [number | null, NodeJS.Signals | null]): string {
    this.#child = undefined;
    this.#tried = 0;
    if (signal === "SIGKILL") return "computes without end";
    return signal === "SIGTERM" ? "waits without end" : `${DIED} (${signal ?? code})`;
  }

  #start(): ChildProcess {
    const worker = new URL("worker.ts", import.meta.url);
    const child = fork(worker, [this.#folder], {
      execArgv: [
        "--conditions=countermark-source",
        "--disable-warning=ExperimentalWarning",
        `--max-old-space-size=${HEAP_MEGABYTES}`,
      ],
      env: { PATH: process.env["PATH"] ?? "" },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    child.send({ kind: "know", seconds: this.#usual } satisfies Order);
    return child;
  }
}
