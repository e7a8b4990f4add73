/**
 * Feeds the parsers of `@countermark/tuf` with changed files for as long as asked:
 * `node test/fuzz/run.ts [--minutes N] [--seed N] [--target NAME]`
 *
 * An input that fails is written to the working folder, and the command ends with 1. Once the defect is repaired the
 * input belongs into `test/fuzz/corpus`.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Finding, Fuzzing, nameOf } from "./fuzzing.ts";
import { TARGETS } from "./targets.ts";

/** Runs of one target before it is another's turn. */
const TURN = 5_000;
const REPORT_EVERY_MS = 60_000;

const { values: options } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    target: { type: "string" },
  },
});
const targets = TARGETS.filter(({ name }) => options.target === undefined || name === options.target);
if (targets.length === 0) throw new Error(`no target is called ${String(options.target)}`);
const end = Date.now() + Number(options.minutes) * 60_000;
const fuzzings = targets.map((target) => new Fuzzing(target, Number(options.seed)));
console.log(`seed ${options.seed}`);

try {
  let reported = Date.now();
  while (Date.now() < end) {
    for (const fuzzing of fuzzings) fuzzing.run(TURN);
    if (Date.now() - reported < REPORT_EVERY_MS) continue;
    reported = Date.now();
    report();
  }
} catch (error) {
  if (!(error instanceof Finding)) throw error;
  const file = `finding-${nameOf(error.input)}`;
  writeFileSync(file, error.input);
  console.error(`${error.message}\n\nwritten to ${file}`);
  process.exitCode = 1;
}
report();

function report(): void {
  for (const { target, runs, accepted, outcomes } of fuzzings) {
    console.log(`${target.name}: ${runs} runs, ${accepted} accepted, ${outcomes} outcomes`);
  }
}
