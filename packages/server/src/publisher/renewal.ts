import type { Clock } from "../clock.ts";
import type { Publisher } from "./publisher.ts";

/** Longest time between two looks at the clock: timers do not count the hours that a machine sleeps. */
const LOOK_EVERY_MS = 60_000;
/** Pause after a failure, before it is tried again. */
const RETRY_AFTER_MS = 30_000;

export interface RenewalEvents {
  readonly onPublished: (signed: number, transactions: number) => void;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Keeps the online roles fresh by the clock. Requests pass its gate: on a machine that woke up after a month, the first
 * of them waits until everything is signed anew. It also publishes what a killed process has left accepted.
 */
export class Renewal {
  readonly #publisher: Publisher;
  readonly #clock: Clock;
  readonly #events: RenewalEvents;
  #next = -Infinity;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(publisher: Publisher, clock: Clock, events: RenewalEvents) {
    this.#publisher = publisher;
    this.#clock = clock;
    this.#events = events;
  }

  /** Renews what is due before anything is answered, and goes on by the clock. A failure here is the caller's. */
  async start(): Promise<void> {
    await this.#renew();
    this.#wait();
  }

  /** A promise when something is due: wait for it before answering. It never rejects: an old answer is better than none. */
  gate(): Promise<void> | undefined {
    return this.#clock() < this.#next ? undefined : this.#renewOrReport();
  }

  /** Ends; resolves when nothing is being signed any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #wait(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      void this.#renewOrReport().then(() => {
        this.#wait();
      });
    }, LOOK_EVERY_MS);
  }

  #renewOrReport(): Promise<void> {
    this.#running ??= this.#renew()
      .catch((error: unknown) => {
        this.#next = this.#clock() + RETRY_AFTER_MS;
        this.#events.onFailure(error);
      })
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }

  async #renew(): Promise<void> {
    await this.#publisher.run(({ signed, decisions }) => {
      this.#events.onPublished(signed, decisions.length);
    });
    this.#next = await this.#publisher.nextRenewal();
  }
}
