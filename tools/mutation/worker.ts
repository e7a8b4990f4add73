/**
 * A process that tries one mutant after the other: `worker.ts FOLDER`, told by messages what to try (see `trial.ts`). It is
 * ended by its own watchdog when a test computes far more than it does without a mutant.
 */
import { globSync } from "node:fs";
import fc from "fast-check";
import { takeTests, type CollectedTest } from "./collected-tests.ts";
import { Coverage } from "./coverage.ts";
import { FreshModules } from "./fresh-modules.ts";
import type { Mutant } from "./mutants.ts";
import { keyOf, type Answer, type MeasuredTest, type Order, type TestName } from "./orders.ts";
import { computed, Watchdog } from "./watchdog.ts";

/** A test is ended when it computes so many times what it does without a mutant, and so many seconds at least. */
const FACTOR = 20;
const LEAST_SECONDS = 3;
/** While it is not known what a test computes. */
const UNKNOWN_SECONDS = 120;

const [folder = ""] = process.argv.slice(2);
let usualSeconds: ReadonlyMap<string, number> = new Map();
const watchdog = new Watchdog();
const modules = new FreshModules(folder);
process.chdir(folder);
const files = globSync("test/**/*.test.ts").sort();
// As `tools/test/fixed-seed.ts`: the same generated inputs for every mutant.
fc.configureGlobal({ seed: 20140513 });

process.on("message", (order: Order) => {
  if (order.kind === "know") usualSeconds = new Map(Object.entries(order.seconds));
  else {
    void answerTo(order).then((answer) => {
      process.send?.(answer);
    });
  }
});
process.on("disconnect", () => process.exit());

async function answerTo(order: Exclude<Order, { kind: "know" }>): Promise<Answer> {
  if (order.kind === "measure") return await measure();
  if (order.kind === "check") return await check();
  return await tryMutant(order.mutant, order.first);
}

async function check(): Promise<Answer> {
  modules.begin(undefined);
  for (const file of files) await new Tests().of(file);
  return { kind: "checked" };
}

async function measure(): Promise<Answer> {
  modules.begin(undefined);
  const coverage = new Coverage((url) => modules.fileOf(url));
  await coverage.start();
  const tests: MeasuredTest[] = [];
  for (const file of files) {
    const loaded = await new Tests().of(file);
    const onLoading = await coverage.take();
    for (const [name, group] of loaded) {
      const before = computed();
      for (const test of group) await test.run();
      const seconds = computed() - before;
      const ran = await coverage.take();
      tests.push({ file, name, seconds, ran: Object.keys(ran).length > 0 ? ran : onLoading });
    }
  }
  await coverage.stop();
  return { kind: "measured", tests };
}

async function tryMutant(mutant: Mutant, first: readonly TestName[]): Promise<Answer> {
  try {
    modules.begin(mutant);
  } catch {
    return { kind: "tried", by: { file: mutant.file, name: "it is no program" } };
  }
  const tests = new Tests();
  for (const { file, name } of first) if (await tests.fails(file, name)) return { kind: "tried", by: { file, name } };
  for (const file of files) {
    for (const name of await tests.namesOf(file)) {
      if (await tests.fails(file, name)) return { kind: "tried", by: { file, name } };
    }
  }
  return { kind: "tried" };
}

/** The tests of one generation of modules, each run once at most. */
class Tests {
  readonly #files = new Map<string, Map<string, CollectedTest[]> | undefined>();
  readonly #passed = new Set<string>();

  /** Throws what loading the file throws. */
  async of(file: string): Promise<Map<string, CollectedTest[]>> {
    const tests = this.#files.get(file);
    if (tests !== undefined) return tests;
    takeTests();
    watchdog.allow(UNKNOWN_SECONDS);
    await modules.load(file);
    const loaded = new Map<string, CollectedTest[]>();
    for (const test of takeTests()) loaded.set(test.name, [...(loaded.get(test.name) ?? []), test]);
    this.#files.set(file, loaded);
    return loaded;
  }

  /** The tests that a file has, or one by the name of nothing, which fails, where it cannot be loaded. */
  async namesOf(file: string): Promise<readonly string[]> {
    try {
      return [...(await this.of(file)).keys()];
    } catch {
      return [""];
    }
  }

  async fails(file: string, name: string): Promise<boolean> {
    const key = keyOf({ file, name });
    if (this.#passed.has(key)) return false;
    try {
      for (const test of (await this.of(file)).get(name) ?? []) {
        watchdog.allow(Math.max(LEAST_SECONDS, FACTOR * (usualSeconds.get(key) ?? UNKNOWN_SECONDS / FACTOR)));
        await test.run();
      }
    } catch {
      return true;
    } finally {
      watchdog.allow(UNKNOWN_SECONDS);
    }
    this.#passed.add(key);
    return false;
  }
}
