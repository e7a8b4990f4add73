/** A map that finds one entry without making the others; whoever goes over all of them has all of them read. */
export class RecalledMap<T> implements ReadonlyMap<string, T> {
  readonly #find: (key: string) => T | undefined;
  readonly #readAll: () => ReadonlyMap<string, T>;
  readonly #found = new Map<string, T | undefined>();
  #all: ReadonlyMap<string, T> | undefined;

  constructor(find: (key: string) => T | undefined, readAll: () => ReadonlyMap<string, T>) {
    this.#find = find;
    this.#readAll = readAll;
  }

  get size(): number {
    return this.#whole().size;
  }

  get(key: string): T | undefined {
    if (this.#found.has(key)) return this.#found.get(key);
    const value = this.#find(key);
    this.#found.set(key, value);
    return value;
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  entries(): MapIterator<[string, T]> {
    return this.#whole().entries();
  }

  keys(): MapIterator<string> {
    return this.#whole().keys();
  }

  values(): MapIterator<T> {
    return this.#whole().values();
  }

  [Symbol.iterator](): MapIterator<[string, T]> {
    return this.entries();
  }

  forEach(visit: (value: T, key: string, map: ReadonlyMap<string, T>) => void): void {
    for (const [key, value] of this) visit(value, key, this);
  }

  #whole(): ReadonlyMap<string, T> {
    return (this.#all ??= this.#readAll());
  }
}
