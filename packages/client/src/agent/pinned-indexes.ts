import type { OpenIndex } from "../session.ts";
import type { VerifiedIndex } from "../verify/verified-index.ts";
import { PinnedIndex } from "./pinned-index.ts";

/** The indexes of a long-running door, each with a snapshot of its own that is replaced between two resolves. */
export class PinnedIndexes {
  readonly #open: (project: string) => Promise<OpenIndex>;
  readonly #pinned = new Map<string, PinnedIndex>();

  /** @param open gives the one index that a project belongs to */
  constructor(open: (project: string) => Promise<OpenIndex>) {
    this.#open = open;
  }

  /** The snapshot to answer from when something of a project is asked for. */
  async at(project: string, now: number): Promise<VerifiedIndex> {
    const opened = await this.#open(project);
    return this.pin(opened, now).at(now);
  }

  /** Takes an index in, if it is not there yet. */
  pin(opened: OpenIndex, now: number): PinnedIndex {
    const { id } = opened.repository;
    const pinned = this.#pinned.get(id) ?? new PinnedIndex(opened, opened.index, now);
    this.#pinned.set(id, pinned);
    return pinned;
  }

  /**
   * Replaces what is old of every index; one that fails does not keep the others from it.
   * @param lastRequest when something was last asked for
   * @throws the first failure
   */
  async refresh(now: number, lastRequest: number): Promise<void> {
    const results = await Promise.allSettled([...this.#pinned.values()].map((one) => one.refresh(now, lastRequest)));
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }

  /** Writes what was found to the trusted state. */
  flush(): void {
    for (const pinned of this.#pinned.values()) pinned.flush();
  }
}
