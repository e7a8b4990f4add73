import { ServerError } from "../errors.ts";

/** How long a body may bring less than {@link LEAST_BYTES}. */
export const SILENCE_MS = 30_000;
/** Fewer bytes than these are no progress: a body drop by drop holds a connection, and a place, as well as none at all. */
export const LEAST_BYTES = 4096;

/** Watches over the pace at which one body comes in. */
export class Pace {
  readonly #timer: NodeJS.Timeout;
  #bytes = 0;

  /** `onSlow` is called once, with `UPLOAD_SLOW`, unless `end` was called before. */
  constructor(onSlow: (error: ServerError) => void) {
    this.#timer = setTimeout(() => {
      onSlow(new ServerError("UPLOAD_SLOW", "the upload has stopped in the middle", { hint: HINT }));
    }, SILENCE_MS).unref();
  }

  /** So many bytes came in. */
  progress(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < LEAST_BYTES) return;
    this.#bytes = 0;
    this.#timer.refresh();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

const HINT = "upload again over a better connection";
