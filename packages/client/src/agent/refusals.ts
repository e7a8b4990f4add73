import { ClientError } from "../errors.ts";

/** Different refusals that are kept; more of the same kind are counted only by their first. */
const MAX_REFUSALS = 1000;

/** Something that an installer asked for and did not get. */
export interface Refusal {
  /** Project or file name. */
  readonly subject: string;
  readonly error: ClientError;
}

/** The refusals of a run, each once, in the order in which they came: installers ask again and hide the answers. */
export class RefusalLog {
  readonly #bySubject = new Map<string, Refusal>();

  add(subject: string, error: ClientError): void {
    const key = `${subject}\n${error.code}\n${error.message}`;
    if (this.#bySubject.size < MAX_REFUSALS && !this.#bySubject.has(key)) this.#bySubject.set(key, { subject, error });
  }

  get all(): readonly Refusal[] {
    return [...this.#bySubject.values()];
  }
}
