/** A cache bounded by bytes: what was not asked for longest goes first. */
export class ByteCache<T> {
  readonly #limit: number;
  readonly #entries = new Map<string, { readonly value: T; readonly size: number }>();
  #bytes = 0;

  /** `limit` in bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** Keeps a value of so many bytes; one that alone would take more than an eighth is not kept. */
  set(key: string, value: T, size: number): void {
    this.delete(key);
    if (size > this.#limit / 8) return;
    this.#entries.set(key, { value, size });
    this.#bytes += size;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#limit) return;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    this.take(key);
  }

  /** Forgets a value and returns it. */
  take(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#bytes -= entry.size;
    return entry.value;
  }
}
