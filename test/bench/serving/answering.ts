import { setTimeout as sleep } from "node:timers/promises";
import { median } from "../figures.ts";
import { JSON_PAGE, type Contender } from "./contenders.ts";
import { load, type Load } from "./load.ts";
import { usageOf } from "./process-figures.ts";

const CONNECTIONS = 16;
const PATIENCE_MS = 20_000;
const STEP_MS = 100;

/** One thing to ask for: a page's path below the simple pages, then a file that it links to, then what follows its name. */
interface Question {
  readonly id: string;
  readonly accept: string;
  readonly path: string;
}

/** What is asked of each contender. */
export const QUESTIONS: readonly Question[] = [
  { id: "HTML page, 3 files", accept: "text/html", path: "fewproj/" },
  { id: "HTML page, 100 files", accept: "text/html", path: "manyproj/" },
  { id: "JSON page, 100 files", accept: JSON_PAGE, path: "manyproj/" },
  { id: "root list, 109 projects", accept: "text/html", path: "" },
  { id: "file, 50 kB", accept: "*/*", path: "fewproj/ fewproj-1.0-py3-none-any.whl" },
  { id: "file, 10 MB", accept: "*/*", path: "bigproj/ bigproj-1.0-py3-none-any.whl" },
  { id: "file, 20 MB", accept: "*/*", path: "bigproj/ bigproj-2.0-py3-none-any.whl" },
  { id: ".metadata", accept: "*/*", path: "fewproj/ fewproj-1.0-py3-none-any.whl .metadata" },
];

/** How one question was answered, and what an answer cost in milliseconds of CPU. */
export interface Sample {
  readonly load: Load;
  readonly cpu: number;
}

/** How one contender has answered. */
export interface Answering {
  readonly contender: string;
  /** Milliseconds. */
  readonly start: number;
  /** Megabytes. */
  readonly idle: number;
  readonly loaded: number;
  readonly answers: Readonly<Record<string, Sample>>;
}

/** Asks everything of everybody, in turns. */
export async function measureAnswers(
  contenders: readonly Contender[],
  { seconds, rounds }: { readonly seconds: number; readonly rounds: number },
): Promise<readonly Answering[]> {
  const idle = contenders.map(({ process }) => usageOf(process.pid).megabytes);
  const of = contenders.map((): Record<string, Sample> => ({}));
  for (const question of QUESTIONS) {
    const samples = contenders.map((): Sample[] => []);
    for (let round = 0; round < rounds; round += 1) {
      for (const [position, contender] of contenders.entries()) {
        if (contender.without.includes(question.id)) continue;
        samples[position]?.push(await ask(contender, question, seconds));
      }
    }
    for (const [position, own] of of.entries()) {
      const taken = samples[position] ?? [];
      if (taken.length > 0) own[question.id] = middle(taken);
    }
  }
  return contenders.map(({ name, start, process }, position) => ({
    ...{ contender: name, start, idle: idle[position] ?? 0 },
    loaded: usageOf(process.pid).megabytes,
    answers: of[position] ?? {},
  }));
}

async function ask(contender: Contender, question: Question, seconds: number): Promise<Sample> {
  const url = await addressOf(contender, question);
  await warm(url);
  const before = usageOf(contender.process.pid).cpuSeconds;
  const done = await load(url, seconds, CONNECTIONS, question.accept);
  if (done.wrong > 0)
    throw new Error(`${contender.name}: ${done.wrong} of ${done.count} answers to ${url.href} are not 200`);
  return { load: done, cpu: ((usageOf(contender.process.pid).cpuSeconds - before) / done.count) * 1000 };
}

/** Waits for a plain answer: a cache that has not got a file yet sends its clients elsewhere. */
async function warm(url: URL): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end;) {
    const response = await fetch(url, { redirect: "manual" });
    await response.arrayBuffer();
    if (response.status === 200) return;
    await sleep(STEP_MS);
  }
}

/** Files are where the contender's own page says. */
async function addressOf({ url }: Contender, { path }: Question): Promise<URL> {
  const [page = "", filename, suffix = ""] = path.split(" ");
  const address = new URL(page, url);
  if (filename === undefined) return address;
  const html = await (await fetch(address, { headers: { accept: "text/html" } })).text();
  const href = new RegExp(`href="([^"#]*${filename.replaceAll(".", "\\.")})[#"]`).exec(html)?.[1];
  if (href === undefined) throw new Error(`${address.href} has no link to ${filename}`);
  return new URL(`${new URL(href, address).href}${suffix}`);
}

function middle(samples: readonly Sample[]): Sample {
  const of = (pick: (sample: Sample) => number): number => median(samples.map(pick));
  const each = (name: keyof Load): number => of(({ load: one }) => one[name]);
  return {
    load: {
      perSecond: each("perSecond"),
      megabytesPerSecond: each("megabytesPerSecond"),
      p99: each("p99"),
      wrong: 0,
      count: each("count"),
    },
    cpu: of(({ cpu }) => cpu),
  };
}

/** One table: rate, p99, and CPU milliseconds for each answer in brackets. */
export function renderAnswers(results: readonly Answering[]): string {
  const cell = (id: string, { answers }: Answering): string => {
    const one = answers[id];
    if (one === undefined) return "-";
    const { megabytesPerSecond, perSecond, p99 } = one.load;
    const rate = id.includes(" MB") ? `${megabytesPerSecond.toFixed(0)} MB/s` : `${perSecond.toFixed(0)}/s`;
    return `${rate}, ${p99.toFixed(1)} ms [${one.cpu.toFixed(3)}]`;
  };
  const lines = [
    ["", ...results.map(({ contender }) => contender)],
    ["---", ...results.map(() => "---")],
    ...QUESTIONS.map(({ id }) => [id, ...results.map((one) => cell(id, one))]),
    ["start to first answer", ...results.map(({ start }) => `${(start / 1000).toFixed(2)} s`)],
    ["memory, idle to after load", ...results.map((one) => `${one.idle.toFixed(0)} to ${one.loaded.toFixed(0)} MB`)],
  ];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
