/**
 * Compares `@countermark/tuf` with the other TUF clients on generated repositories, good and bad, for as long as asked:
 * `node test/conformance/differential/run.ts [--cases N | --minutes N] [--seed N] [--peer NAME]... [--show N]`
 *
 * Ends with 1 where a peer refuses or reads otherwise what ours accepts, known defects of peers apart.
 */
import { parseArgs } from "node:util";
import type { Case } from "./case.ts";
import { compare, type Comparison, type Difference } from "./compare.ts";
import { caseOf } from "./generate/case-of.ts";
import { makeKeyPool } from "./generate/key-pool.ts";
import { ours } from "./judges/ours.ts";
import { PEERS } from "./judges/peers.ts";

const BATCH = 2_000;

const { values: options } = parseArgs({
  options: {
    cases: { type: "string", default: "2000" },
    minutes: { type: "string" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    peer: { type: "string", multiple: true, default: [...PEERS.keys()] },
    show: { type: "string", default: "10" },
  },
});
const tell = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const judges = await Promise.all(
  options.peer.map((name) => {
    const setUp = PEERS.get(name);
    if (setUp === undefined) throw new Error(`no peer is called ${name}`);
    return setUp(tell);
  }),
);
const firstSeed = Number(options.seed);
const total = options.minutes === undefined ? Number(options.cases) : Number.POSITIVE_INFINITY;
const end = options.minutes === undefined ? Number.POSITIVE_INFINITY : Date.now() + Number(options.minutes) * 60_000;
const pool = makeKeyPool();
const comparisons: Comparison[] = [];
console.log(`seed ${firstSeed}`);
let done = 0;
for (; done < total && Date.now() < end; done += BATCH) {
  const count = Math.min(BATCH, total - done);
  const cases = Array.from({ length: count }, (_, at): Case => caseOf(firstSeed + done + at, pool));
  const own = await ours.judge(cases);
  for (const judge of judges) {
    if ("missing" in judge) continue;
    comparisons.push(compare(judge.name, cases, own, await judge.judge(cases)));
  }
  tell(`${Math.min(done + count, total)} cases`);
}

for (const judge of judges) {
  if ("missing" in judge) console.log(`\n${judge.name}: missing: ${judge.missing}`);
  else
    report(
      judge.name,
      comparisons.filter(({ peer }) => peer === judge.name),
    );
}
process.exitCode = comparisons.some(({ differences }) => differences.length > 0) ? 1 : 0;

function report(name: string, parts: readonly Comparison[]): void {
  const sum = (value: (part: Comparison) => number): number => parts.reduce((all, part) => all + value(part), 0);
  const agreed = `${sum((part) => part.agreed.steps)} steps and ${sum((part) => part.agreed.lookUps)} look-ups agree`;
  console.log(`\n${name}: ${agreed}, both refuse ${sum((part) => part.bothRefused)} times`);
  for (const [known, count] of merged(parts.map((part) => part.known)))
    console.log(`  known, ${count} times: ${known.reason}`);
  const stricter = merged(parts.map((part) => part.stricter));
  console.log(`  ours is stricter ${[...stricter.values()].reduce((all, count) => all + count, 0)} times:`);
  for (const [reason, count] of [...stricter].sort(([, a], [, b]) => b - a))
    console.log(`    ${count} times ${reason}`);
  const differences = parts.flatMap((part) => part.differences);
  console.log(`  ${differences.length} differences`);
  for (const difference of differences.slice(0, Number(options.show))) show(difference);
}

function merged<T>(maps: readonly ReadonlyMap<T, number>[]): Map<T, number> {
  const all = new Map<T, number>();
  for (const map of maps) for (const [key, count] of map) all.set(key, (all.get(key) ?? 0) + count);
  return all;
}

function show({ case: asked, place, detail }: Difference): void {
  console.log(`    ${asked.id}, ${place}: ${detail}\n      ${asked.tags.join("; ")}`);
}
