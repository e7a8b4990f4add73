import { ServerError } from "../errors.ts";

/** What each request may have whatever the others hold: an ordinary form fits, so that nobody's hoard keeps others out. */
export const FREE_BYTES = 256 * 1024;

/** Memory for what requests make the index keep, of all requests together. */
export class MemoryBudget {
  readonly #limit: number;
  #used = 0;

  /** `limit`: bytes beside {@link FREE_BYTES} of each request. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes that are held beside what is free. */
  get used(): number {
    return this.#used;
  }

  /** One request's share. Whoever opens it closes it. */
  open(): MemoryShare {
    let held = 0;
    const beyond = (bytes: number): number => Math.max(0, bytes - FREE_BYTES);
    const hold = (bytes: number): void => {
      const more = beyond(bytes) - beyond(held);
      if (more > 0 && this.#used + more > this.#limit) throw busy();
      this.#used += more;
      held = bytes;
    };
    return {
      take: (bytes) => {
        hold(held + bytes);
      },
      give: (bytes) => {
        hold(held - bytes);
      },
      close: () => {
        hold(0);
      },
    };
  }
}

/** What one request holds. */
export interface MemoryShare {
  /** Holds so many bytes more. Throws `UPLOAD_BUSY`. */
  take(bytes: number): void;
  give(bytes: number): void;
  /** Gives back all of it. */
  close(): void;
}

function busy(): ServerError {
  return new ServerError("UPLOAD_BUSY", "other uploads take all the memory that there is for them", {
    hint: "try again in a moment",
  });
}
