/**
 * Measures the TUF core side by side with its peers, on the same files, each figure in fresh processes in turn:
 * `node test/bench/peers/peers.ts [--json] [--slow] [--cpu] [--rounds N] [--only TEXT]`
 *
 * `--cpu` counts what the processes computed instead of the time that went by, for a machine that others use too;
 * `--slow` runs tuf-js too, once per row and with a time limit; `--only` keeps the rows whose name holds TEXT.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gatherContenders, type Contender, type Missing, type Mode } from "./contenders.ts";
import { FILES_CASES, writeCase } from "./files/cases.ts";
import { measure, median, OVER_CAP, type Measurement, type Metric } from "./measuring.ts";
import { renderJson, renderTable, type Figure, type Row } from "./report.ts";
import { serveReturningRepository } from "./returning-server.ts";

/** One thing that every contender does, in a folder of its own. */
interface Work {
  readonly name: string;
  readonly mode: Mode;
  readonly folder: string;
}

const RETURNING = "returning-16384";
/** Longest that one process may take. */
const CAP_MS = 100_000;

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    slow: { type: "boolean", default: false },
    cpu: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
    only: { type: "string", default: "" },
  },
});
const time: Metric = options.cpu ? "cpuMs" : "ms";
const ROWS: readonly { work: string; metric: Metric; title: string }[] = [
  ...FILES_CASES.flatMap(({ name, title }) => {
    const row = { work: name, metric: time, title };
    if (!name.startsWith("delegations")) return [row];
    return [
      row,
      { work: name, metric: "firstLookUpMs" as const, title: "    first look-up" },
      { work: name, metric: "unaskedLookUpMs" as const, title: "    first look-up, by warm code" },
      { work: name, metric: "warmLookUpMs" as const, title: "    further look-up" },
      { work: name, metric: "peakBytes" as const, title: "    peak memory" },
    ];
  }),
  { work: RETURNING, metric: time, title: "returning client, 16,384 shards, nothing changed" },
];
const rounds = Math.max(1, Number.parseInt(options.rounds, 10));
const tell = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const everybody = await gatherContenders(tell);
const folder = mkdtempSync(join(tmpdir(), "countermark-bench-"));
try {
  const samples = await measureAll(everybody.filter((each): each is Contender => !("missing" in each)));
  report(everybody, samples);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

type Samples = ReadonlyMap<string, readonly (Measurement | typeof OVER_CAP)[]>;

/** Round by round, so that a busy minute of the machine falls on all alike. */
async function measureAll(contenders: readonly Contender[]): Promise<Samples> {
  const samples = new Map<string, (Measurement | typeof OVER_CAP)[]>();
  const returning = await serveReturningRepository(join(folder, RETURNING));
  const works = makeWorks();
  try {
    for (let round = 0; round < rounds; round += 1) {
      tell(`round ${round + 1} of ${rounds}`);
      for (const work of works) {
        for (const contender of contenders) {
          if (contender.commands[work.mode] === undefined || (contender.slow && (round > 0 || !options.slow))) continue;
          // A client comes back to what it fetched once before.
          if (round === 0 && work.mode === "returning") await measure(contender, work.mode, work.folder, CAP_MS);
          const key = sampleKey(work.name, contender.name);
          const sample = await measure(contender, work.mode, work.folder, CAP_MS);
          samples.set(key, [...(samples.get(key) ?? []), sample]);
        }
      }
    }
  } finally {
    await returning.stop();
  }
  return samples;
}

function makeWorks(): Work[] {
  const wanted = FILES_CASES.filter(({ name }) => name.includes(options.only));
  const works: Work[] = wanted.map((each) => {
    tell(`making ${each.title}`);
    writeCase(each, join(folder, each.name));
    return { name: each.name, mode: "files", folder: join(folder, each.name) };
  });
  if (RETURNING.includes(options.only)) {
    works.push({ name: RETURNING, mode: "returning", folder: join(folder, RETURNING) });
  }
  return works;
}

function sampleKey(work: string, contender: string): string {
  return `${work} ${contender}`;
}

function report(all: readonly (Contender | Missing)[], samples: Samples): void {
  const rows = ROWS.filter(({ work }) => work.includes(options.only)).map(({ work, metric, title }): Row => {
    const figures = all.map((each): [string, Figure] => [each.name, figureOf(each, work, metric, samples)]);
    return { id: `${work} ${metric}`, title, metric, figures: new Map(figures) };
  });
  const machine = { cores: availableParallelism(), architecture: process.arch, platform: process.platform };
  const versions = Object.fromEntries(
    all.map((each) => [each.name, "missing" in each ? `missing: ${each.missing}` : each.version]),
  );
  if (options.json) {
    console.log(renderJson({ date: new Date().toISOString().slice(0, 10), machine, rounds, versions }, rows));
    return;
  }
  const what = options.cpu ? "computing time" : "elapsed time";
  const names = all.map(({ name }) => name);
  console.log(`${what}: medians of ${rounds} fresh processes each, ${machine.cores} cores, ${machine.architecture}`);
  for (const [name, version] of Object.entries(versions)) console.log(`  ${name}: ${version}`);
  console.log(`\n${renderTable(rows, names)}`);
}

function figureOf(each: Contender | Missing, work: string, metric: Metric, samples: Samples): Figure {
  if ("missing" in each) return { words: "missing" };
  const taken = samples.get(sampleKey(work, each.name)) ?? [];
  if (taken.length === 0) return { words: each.slow && !options.slow ? "not run (--slow)" : "-" };
  if (taken.includes(OVER_CAP)) return { words: `> ${CAP_MS / 1000} s` };
  const values = taken.flatMap((sample) => (sample === OVER_CAP ? [] : (sample[metric] ?? [])));
  return values.length === 0 ? { words: "-" } : { median: median(values), samples: values };
}
