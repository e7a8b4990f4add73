import type { JsonReader } from "./reader.ts";

/** Reads the value of the member whose name was just read. */
export type ReadMember<T> = (json: JsonReader, name: string) => T;

/** A piece of a document, in bytes: its end is not in it. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/**
 * The members of an object that stand in the document in ascending order, each where `starts` says: a map that reads a
 * value when it is asked for. Of 65,536 members a client needs a handful.
 */
export class LazyMembers<T> implements ReadonlyMap<string, T> {
  /** Where the members stand in their document. */
  readonly place: Place;
  readonly #json: JsonReader;
  readonly #starts: readonly number[];
  /** What all names end in and the keys of this map do not. */
  readonly #suffix: string;
  readonly #read: ReadMember<T>;
  readonly #values = new Map<number, T>();
  /** Where the next question is likely to lead: others go through their names in the same order. */
  #next = 0;

  constructor(json: JsonReader, starts: readonly number[], end: number, suffix: string, read: ReadMember<T>) {
    this.place = { start: starts[0] ?? end, end };
    this.#json = json;
    this.#starts = starts;
    this.#suffix = suffix;
    this.#read = read;
  }

  get size(): number {
    return this.#starts.length;
  }

  get(key: string): T | undefined {
    const at = this.#find(key);
    return at === -1 ? undefined : this.#value(at);
  }

  has(key: string): boolean {
    return this.#find(key) !== -1;
  }

  *entries(): MapIterator<[string, T]> {
    for (let at = 0; at < this.size; at += 1) yield [this.#key(at), this.#value(at)];
  }

  *keys(): MapIterator<string> {
    for (let at = 0; at < this.size; at += 1) yield this.#key(at);
  }

  *values(): MapIterator<T> {
    for (let at = 0; at < this.size; at += 1) yield this.#value(at);
  }

  [Symbol.iterator](): MapIterator<[string, T]> {
    return this.entries();
  }

  forEach(visit: (value: T, key: string, map: ReadonlyMap<string, T>) => void): void {
    for (const [key, value] of this) visit(value, key, this);
  }

  #key(at: number): string {
    return this.#name(at).slice(0, this.#suffix === "" ? undefined : -this.#suffix.length);
  }

  #name(at: number): string {
    return this.#json.plainStringAt(this.#starts[at] ?? 0);
  }

  #value(at: number): T {
    const made = this.#values.get(at);
    if (made !== undefined) return made;
    const value = this.#json.memberAt(this.#starts[at] ?? 0, this.#read);
    this.#values.set(at, value);
    return value;
  }

  /** The place of a key among the ascending names, -1 where there is none. */
  #find(key: string): number {
    const name = key + this.#suffix;
    if (this.#next < this.size && this.#name(this.#next) === name) return this.#next++;
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#name(middle) < name) low = middle + 1;
      else high = middle;
    }
    if (low === this.size || this.#name(low) !== name) return -1;
    this.#next = low + 1;
    return low;
  }
}
