import { ClientError } from "../errors.ts";
import { VerifiedIndex, type SessionPorts } from "../verify/verified-index.ts";

/** A snapshot older than this is replaced when nobody is asking. */
export const REFRESH_AFTER_MS = 5 * 60_000;
/** A resolve is over when nothing was asked for this long. */
export const QUIET_MS = 20_000;
/** A snapshot older than this is replaced even while somebody is asking. */
export const REFRESH_AT_LATEST_MS = 30 * 60_000;

/** Whether the snapshot of a long-running door should be replaced now. A clock that was set back counts as old. */
export function shouldRefresh(age: number, quiet: number): boolean {
  return age < 0 || age >= REFRESH_AT_LATEST_MS || (age >= REFRESH_AFTER_MS && quiet >= QUIET_MS);
}

/**
 * The snapshot of a long-running door: replaced by newer ones between two resolves, and never while one is going on unless
 * that takes very long. One that cannot be replaced serves on until it expires. Times are this machine's clock, in
 * milliseconds since the epoch.
 */
export class PinnedIndex {
  readonly #ports: SessionPorts;
  #index: VerifiedIndex;
  #since: number;

  constructor(ports: SessionPorts, index: VerifiedIndex, now: number) {
    this.#ports = ports;
    this.#index = index;
    this.#since = now;
  }

  /**
   * The snapshot to answer from.
   * @throws ClientError `METADATA_EXPIRED` when none newer could be had for too long
   */
  at(now: number): VerifiedIndex {
    if (now < this.#index.freshUntil) return this.#index;
    throw new ClientError("METADATA_EXPIRED", "what is known of the index has expired, and nothing newer can be had", {
      hint: "is the index reachable from here? The agent goes on trying",
    });
  }

  /**
   * Replaces the snapshot if it is time to. The old one stays when that fails.
   * @param lastRequest when something was last asked for
   * @throws ClientError
   */
  async refresh(now: number, lastRequest: number): Promise<void> {
    if (!shouldRefresh(now - this.#since, now - lastRequest)) return;
    this.#since = now;
    this.#index.flush();
    this.#index = await VerifiedIndex.open(this.#ports, now);
  }

  /** Writes what was found to the trusted state. */
  flush(): void {
    this.#index.flush();
  }
}
