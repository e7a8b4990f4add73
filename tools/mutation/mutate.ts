/**
 * Tries mutants of the TUF core against the core's own tests, to prove that each check has a test that fails without it:
 * `node tools/mutation/mutate.ts [--file PATH]... [--from LINE] [--part N/OF] [--workers N] [--results FILE] [--write]`
 *
 * Prints the mutants that no test noticed and that `equivalent.ts` does not explain; ends with 1 where there are any.
 * `--results` keeps what was found in a file, so that a run can be ended and continued. `--write` writes docs/mutation.md, of
 * a whole run alone. `--part 2/5` tries every fifth mutant of each file, from the second on, `--from` those from a line on.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { checkout } from "../python/places.ts";
import { EQUIVALENT } from "./equivalent.ts";
import { FILES } from "./files.ts";
import { mutantsOf, type Mutant } from "./mutants.ts";
import { TestOrder } from "./order.ts";
import { renderReport, type FileResult } from "./report.ts";
import { Results } from "./results.ts";
import { Sandbox } from "./sandbox.ts";
import { Trial } from "./trial.ts";

const { values: options } = parseArgs({
  options: {
    file: { type: "string", multiple: true, default: [...FILES] },
    from: { type: "string", default: "1" },
    part: { type: "string", default: "1/1" },
    workers: { type: "string", default: "1" },
    results: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
const [part = 1, parts = 1] = options.part.split("/").map(Number);
const whole = options.from === "1" && parts === 1 && options.file.join() === FILES.join();
if (options.write && !whole) throw new Error("the page is of a whole run: neither --file nor --from nor --part");

const sandbox = new Sandbox("tuf");
const trials = Array.from({ length: Number(options.workers) }, () => new Trial(sandbox.folder));
try {
  // The copy is what mutants are made of: the checkout may be edited meanwhile.
  process.chdir(sandbox.folder);
  const found = await tryAll(options.file.flatMap(mutantsToTry));
  const unexplained = found.flatMap(({ survivors }) => survivors.filter((each) => explanation(each) === undefined));
  for (const { file, line, where, change } of unexplained) console.log(`${file}:${line} in ${where}: ${change}`);
  console.log(`${unexplained.length} mutants survive unexplained`);
  if (options.write) writeFileSync(join(checkout, "docs", "mutation.md"), renderReport(found, explanation));
  process.exitCode = unexplained.length > 0 ? 1 : 0;
} finally {
  for (const trial of trials) trial.end();
  process.chdir(checkout);
  sandbox.remove();
}

function mutantsToTry(file: string): Mutant[] {
  return mutantsOf(file)
    .filter(({ line }) => line >= Number(options.from))
    .filter((_, at) => at % parts === part - 1);
}

async function tryAll(mutants: readonly Mutant[]): Promise<FileResult[]> {
  const [first] = trials;
  if (first === undefined) throw new Error("no worker");
  const tests = await first.measure();
  process.stderr.write(`${tests.length} tests pass without a mutant; ${mutants.length} mutants\n`);
  for (const trial of trials) trial.know(tests);
  const order = new TestOrder(tests);
  const results = new Results(options.results ?? join(sandbox.folder, "results.jsonl"), sandbox.digest());
  const queue = mutants.values();
  await Promise.all(trials.map((trial) => tryNext(trial, queue, order, results)));
  return options.file.map((file) => resultOf(file, mutants, results));
}

/** Takes mutants from the queue until it is empty. */
async function tryNext(trial: Trial, queue: Iterator<Mutant>, order: TestOrder, results: Results): Promise<void> {
  for (let next = queue.next(); next.done !== true; next = queue.next()) {
    const mutant = next.value;
    const known = results.of(mutant);
    const verdict = known ?? (await trial.of(mutant, order.for(mutant, results.before(mutant)?.by)));
    if (known === undefined) results.add(mutant, verdict);
    if (verdict.by !== undefined) order.noticed(mutant, verdict.by);
    else process.stderr.write(`  ${verdict.ended ?? "survives"}: ${placeOf(mutant)}: ${mutant.change}\n`);
  }
}

function resultOf(file: string, mutants: readonly Mutant[], results: Results): FileResult {
  const own = mutants.filter((mutant) => mutant.file === file);
  const verdicts = own.map((mutant) => ({ mutant, verdict: results.of(mutant) }));
  const ended = verdicts.filter(({ verdict }) => verdict?.ended !== undefined).length;
  const survivors = verdicts.filter(({ verdict }) => verdict?.by === undefined && verdict?.ended === undefined);
  return { file, mutants: own.length, ended, survivors: survivors.map(({ mutant }) => mutant) };
}

function placeOf({ file, line, where }: Mutant): string {
  return `${file}:${line} in ${where}`;
}

function explanation({ file, where, change }: Mutant): string | undefined {
  return EQUIVALENT.find((each) => each.file === file && each.where === where && each.change === change)?.why;
}
