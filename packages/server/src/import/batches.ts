import { setTimeout as sleep } from "node:timers/promises";

/** Items that may wait for the consumer before the producers have to wait themselves. */
const MAX_WAITING = 2000;
/** Shortest time between two batches. */
const LEAST_PAUSE_MS = 1000;
/** Consuming may take one part in so many of the time: a publication signs whole bins, so few large ones are cheaper. */
const PAUSE_RATIO = 4;
const STEP_MS = 10;

/** Gathers items while the previous batch is on its way: several producers, one consumer. */
export class Batches<T> {
  readonly #consume: (items: readonly T[]) => Promise<void>;
  #items: T[] = [];
  #ready = Promise.withResolvers<undefined>();
  #taken = Promise.withResolvers<undefined>();
  #closed = false;

  constructor(consume: (items: readonly T[]) => Promise<void>) {
    this.#consume = consume;
  }

  /** True when nothing more is taken: all has been produced, or something has failed. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Hands an item over; waits while too many are waiting. After a failure items are dropped. */
  async add(item: T): Promise<void> {
    while (this.#items.length >= MAX_WAITING && !this.#closed) await this.#taken.promise;
    if (this.#closed) return;
    this.#items.push(item);
    this.#ready.resolve(undefined);
  }

  /**
   * Consumes until every producer has ended and nothing is left. A producer's failure closes the batches, what was
   * handed over is still consumed; the consumer's own ends everything. Nothing runs any more when this settles.
   */
  async runWith(producers: readonly Promise<void>[]): Promise<void> {
    const closing = producers.map((producer) => producer.catch((error: unknown) => this.#fail(error)));
    const produced = Promise.allSettled(closing).finally(() => {
      this.#close();
    });
    const consumed = this.#consumeAll().catch((error: unknown) => this.#fail(error));
    const [[consumer], results] = await Promise.all([Promise.allSettled([consumed]), produced]);
    for (const result of [consumer, ...results]) if (result.status === "rejected") throw result.reason;
  }

  async #consumeAll(): Promise<void> {
    for (;;) {
      await this.#ready.promise;
      if (this.#items.length === 0) return;
      const items = this.#items;
      this.#items = [];
      if (!this.#closed) this.#ready = Promise.withResolvers();
      this.#taken.resolve(undefined);
      this.#taken = Promise.withResolvers();
      const started = performance.now();
      await this.#consume(items);
      await this.#pause(Math.max(LEAST_PAUSE_MS, PAUSE_RATIO * (performance.now() - started)));
    }
  }

  async #pause(ms: number): Promise<void> {
    const end = performance.now() + ms;
    while (!this.#closed && this.#items.length < MAX_WAITING && performance.now() < end) await sleep(STEP_MS);
  }

  #fail(error: unknown): never {
    this.#close();
    throw error;
  }

  #close(): void {
    this.#closed = true;
    this.#ready.resolve(undefined);
    this.#taken.resolve(undefined);
  }
}
