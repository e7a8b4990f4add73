import { ClientError } from "../../errors.ts";
import type { Source } from "./source.ts";

/** In place of an index that is not to be asked: whatever is not on this machine already is refused. */
export class OfflineSource implements Source {
  readonly #base: string;

  /** @param base ends in a slash */
  constructor(base: string) {
    this.#base = base;
  }

  bytes(path: string): Promise<never> {
    return this.read(path);
  }

  /** @throws ClientError `NOT_CACHED`, always */
  read(path: string): Promise<never> {
    return Promise.reject(notCached(`${this.#base}${path} is not on this machine`));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export function notCached(message: string): ClientError {
  return new ClientError("NOT_CACHED", message, {
    hint: "offline there is only what an earlier run has fetched: leave out --offline once, with the index in reach",
  });
}
