/**
 * Stands in for `node:test` while mutants are tried: tests are collected where their file is loaded, and the worker runs
 * them one by one, in the order that finds out soonest. The core's tests use nothing of `node:test` but this.
 */
export interface CollectedTest {
  readonly name: string;
  readonly run: () => unknown;
}

let collected: CollectedTest[] = [];

export function test(name: string, run: () => unknown): void {
  collected.push({ name, run });
}

/** The tests of the files that were loaded since the last call. */
export function takeTests(): readonly CollectedTest[] {
  const taken = collected;
  collected = [];
  return taken;
}
