import type { TestContext } from "node:test";

/** Something with an end: what was set up in it is undone then, last first, each even when another fails. */
export class Scope {
  readonly #undo: (() => unknown)[] = [];

  after(undo: () => unknown): void {
    this.#undo.push(undo);
  }

  /** Undoes everything; throws the first failure after having tried all. */
  async end(): Promise<void> {
    const failures: unknown[] = [];
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) {
      try {
        await undo();
      } catch (failure) {
        failures.push(failure);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}

/** The scope that ends with a test. */
export function scopeOf(test: TestContext): Scope {
  const scope = new Scope();
  test.after(() => scope.end());
  return scope;
}
