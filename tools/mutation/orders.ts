import type { Pieces } from "./coverage.ts";
import type { Mutant } from "./mutants.ts";

/** One test of the package. Tests of one file that share a name count as one. */
export interface TestName {
  readonly file: string;
  readonly name: string;
}

/** A test without any mutant: the seconds that it computes, and what it runs of each source file. */
export interface MeasuredTest extends TestName {
  readonly seconds: number;
  readonly ran: Readonly<Record<string, Pieces>>;
}

export function keyOf({ file, name }: TestName): string {
  return `${file} ${name}`;
}

export type Order =
  | { readonly kind: "measure" }
  /** Whether all tests can be loaded without a mutant. */
  | { readonly kind: "check" }
  /** What each test computes without a mutant, by `keyOf`. */
  | { readonly kind: "know"; readonly seconds: Readonly<Record<string, number>> }
  /** Tries a mutant, with these tests first, in this order, and then all others. */
  | { readonly kind: "try"; readonly mutant: Mutant; readonly first: readonly TestName[] };

export type Answer =
  | { readonly kind: "checked" }
  | { readonly kind: "measured"; readonly tests: readonly MeasuredTest[] }
  /** `by` is the test that failed, a file whose tests could not be loaded, or none. */
  | { readonly kind: "tried"; readonly by?: TestName };
