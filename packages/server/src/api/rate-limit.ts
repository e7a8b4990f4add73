import type { Clock } from "../clock.ts";
import { ServerError } from "../errors.ts";

/** Callers that are remembered; the longest quiet ones are forgotten first. */
const MAX_CALLERS = 20_000;

interface Bucket {
  readonly left: number;
  readonly at: number;
}

/** So many calls at once, and so many in a minute thereafter, for each caller. In memory: a restart forgets. */
export class RateLimit {
  readonly #buckets = new Map<string, Bucket>();
  readonly #perMinute: number;
  readonly #clock: Clock;

  constructor(perMinute: number, clock: Clock) {
    this.#perMinute = perMinute;
    this.#clock = clock;
  }

  /** Counts one call. Throws `TOO_MANY`. */
  count(caller: string): void {
    const now = this.#clock();
    const { left, at } = this.#buckets.get(caller) ?? { left: this.#perMinute, at: now };
    const present = Math.min(this.#perMinute, left + ((now - at) * this.#perMinute) / 60_000);
    this.#buckets.delete(caller);
    this.#buckets.set(caller, { left: Math.max(0, present - 1), at: now });
    if (this.#buckets.size > MAX_CALLERS) this.#forgetOldest();
    if (present >= 1) return;
    throw new ServerError("TOO_MANY", "too many requests from here in a minute", { hint: "wait a minute, then go on" });
  }

  #forgetOldest(): void {
    for (const caller of this.#buckets.keys()) {
      this.#buckets.delete(caller);
      return;
    }
  }
}
