import { dirname } from "node:path";
import { covers } from "./coverage.ts";
import type { Mutant } from "./mutants.ts";
import { keyOf, type MeasuredTest, type TestName } from "./orders.ts";

/** Of the tests that noticed the mutants near by, and take no longer than so many seconds: one that does waits for its turn. */
const NEIGHBOURS = 6;
const NEIGHBOUR_SECONDS = 0.2;

/** Which tests are likeliest to notice a mutant soon. It changes nothing about what is found, only how soon. */
export class TestOrder {
  readonly #tests: readonly MeasuredTest[];
  /** What noticed mutants of a function, and of a file: the latest last. */
  readonly #noticed = new Map<string, TestName[]>();
  readonly #slow: ReadonlySet<string>;

  constructor(tests: readonly MeasuredTest[]) {
    this.#slow = new Set(tests.filter(({ seconds }) => seconds > NEIGHBOUR_SECONDS).map(keyOf));
    this.#tests = tests.toSorted((a, b) => a.seconds - b.seconds);
  }

  /** What noticed its neighbours, then what runs its place, the cheapest first. */
  for({ file, where, from }: Mutant, before?: TestName): readonly TestName[] {
    const neighbours = [`${file} ${where}`, file].flatMap((key) => {
      return (this.#noticed.get(key) ?? []).slice(-NEIGHBOURS).reverse();
    });
    const running = this.#tests.filter(({ ran }) => covers(ran[file] ?? [], from));
    const nearest = this.#tests.filter((test) => dirname(test.file) === dirname(file).replace(/^src/, "test"));
    const all = [...(before === undefined ? [] : [before]), ...neighbours, ...running, ...nearest];
    return [...new Map(all.map(({ file, name }) => [keyOf({ file, name }), { file, name }])).values()];
  }

  noticed({ file, where }: Mutant, by: TestName): void {
    if (this.#slow.has(keyOf(by))) return;
    for (const key of [`${file} ${where}`, file]) {
      const others = (this.#noticed.get(key) ?? []).filter((each) => keyOf(each) !== keyOf(by));
      this.#noticed.set(key, [...others, by]);
    }
  }
}
