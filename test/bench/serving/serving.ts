/**
 * How fast an index answers, beside its peers: the same files, the same client, in turns of the same minutes.
 * `node test/bench/serving/serving.ts [--seconds N] [--rounds N] [--json]`
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { programOf } from "../../../tools/python/environments.ts";
import { makeWheel, writeDistributions, type Distribution } from "../../harness/distributions/distributions.ts";
import { freePort } from "../../harness/free-port.ts";
import { importFolder, initIndex, serve } from "../../harness/index-server.ts";
import type { Running } from "../../harness/processes.ts";
import { openSandbox, type Sandbox } from "../../harness/sandbox.ts";
import { Scope } from "../../harness/scope.ts";
import { median } from "../figures.ts";
import { describeMachine } from "../machine.ts";
import { load, type Load } from "./load.ts";
import { usageOf } from "./process-figures.ts";

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "3" },
    rounds: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
  },
});
const [SECONDS, ROUNDS, CONNECTIONS] = [Number(options.seconds), Number(options.rounds), 16];
const JSON_PAGE = "application/vnd.pypi.simple.v1+json";
const PATIENCE_MS = 60_000;

/** One thing to ask for; the path differs where a peer has another one, and is missing where it has none. */
interface Question {
  readonly id: string;
  readonly accept: string;
  readonly path: string;
}

interface Contender {
  readonly name: string;
  readonly url: string;
  readonly process: Running;
  /** Milliseconds from its start to its first answer. */
  readonly start: number;
  readonly without: readonly string[];
}

const QUESTIONS: readonly Question[] = [
  { id: "HTML page, 3 files", accept: "text/html", path: "fewproj/" },
  { id: "HTML page, 100 files", accept: "text/html", path: "manyproj/" },
  { id: "JSON page, 100 files", accept: JSON_PAGE, path: "manyproj/" },
  { id: "root list, 109 projects", accept: "text/html", path: "" },
  { id: "file, 50 kB", accept: "*/*", path: "fewproj/ fewproj-1.0-py3-none-any.whl" },
  { id: "file, 10 MB", accept: "*/*", path: "bigproj/ bigproj-1.0-py3-none-any.whl" },
  { id: ".metadata", accept: "*/*", path: "fewproj/ fewproj-1.0-py3-none-any.whl .metadata" },
];

const scope = new Scope();
try {
  const sandbox = await openSandbox(scope);
  const folder = writeDistributions(join(sandbox.folder, "files"), files());
  const contenders = [await ours(sandbox, folder), await pypiserver(sandbox, folder)];
  contenders.push(await proxpi(sandbox, contenders[0]?.url ?? ""));
  const results = await measure(contenders);
  if (options.json) process.stdout.write(`${JSON.stringify(results)}\n`);
  else process.stdout.write(`${JSON.stringify(describeMachine())}\n\n${render(results)}\n`);
} finally {
  await scope.end();
}

function files(): readonly Distribution[] {
  const wheel = (name: string, version: string, bytes = 2000): Distribution => {
    const body = Buffer.alloc(bytes);
    for (let at = 0; at < bytes; at += 1) body[at] = (at * 2654435761) >>> 24;
    return makeWheel({ name, version, extra: [["body.bin", body]] });
  };
  return [
    ...["1.0", "1.1", "1.2"].map((version) => wheel("fewproj", version, 50_000)),
    ...Array.from({ length: 100 }, (_, n) => wheel("manyproj", `${n}.0`)),
    wheel("bigproj", "1.0", 10_000_000),
    ...Array.from({ length: 106 }, (_, n) => wheel(`other${n}`, "1.0")),
  ];
}

async function ours(sandbox: Sandbox, folder: string): Promise<Contender> {
  const index = await initIndex(sandbox);
  await importFolder(sandbox, index, folder);
  const started = performance.now();
  const { url, process } = await serve(sandbox, index);
  await answers(`${url}/simple/`);
  return { name: "countermark", url: `${url}/simple/`, process, start: performance.now() - started, without: [] };
}

/** In its fastest set-up. */
async function pypiserver(sandbox: Sandbox, folder: string): Promise<Contender> {
  const port = await freePort();
  const app = `pypiserver:app(roots=["${folder}"],authenticate=[],password_file=".")`;
  const args = ["-w", "2", "-k", "gevent", "-b", `127.0.0.1:${port}`, "--log-level", "error", app];
  return start(sandbox, "pypiserver", programOf("pypiserver", "gunicorn"), args, port, "/simple/", {
    without: ["JSON page, 100 files", ".metadata"],
  });
}

/** A cache before our own index, warm. */
async function proxpi(sandbox: Sandbox, upstream: string): Promise<Contender> {
  const port = await freePort();
  const cache = join(sandbox.folder, "proxpi-cache");
  mkdirSync(cache);
  const args = ["-w", "1", "--threads", "2", "-b", `127.0.0.1:${port}`, "--log-level", "error", "proxpi.server:app"];
  const settings = { PROXPI_INDEX_URL: upstream, PROXPI_CACHE_DIR: cache, PROXPI_INDEX_TTL: "3600" };
  return start(sandbox, "proxpi", programOf("proxpi", "gunicorn"), args, port, "/index/", { without: [], settings });
}

async function start(
  sandbox: Sandbox,
  name: string,
  program: string,
  args: readonly string[],
  port: number,
  path: string,
  { without, settings }: { without: readonly string[]; settings?: Record<string, string> },
): Promise<Contender> {
  const started = performance.now();
  const process = sandbox.start(program, args, { timeoutMs: 9 * 60_000, ...(settings && { settings }) });
  scope.after(() => process.stop());
  const url = `http://127.0.0.1:${port}${path}`;
  await answers(url);
  return { name, url, process, start: performance.now() - started, without };
}

async function answers(url: string): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end;) {
    if (
      await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return;
    await sleep(20);
  }
  throw new Error(`${url} does not answer`);
}

interface Result {
  readonly contender: string;
  readonly start: number;
  readonly idle: number;
  readonly loaded: number;
  readonly answers: ReadonlyMap<string, { readonly load: Load; readonly cpu: number }>;
}

async function measure(contenders: readonly Contender[]): Promise<readonly Result[]> {
  const idle = contenders.map(({ process }) => usageOf(process.pid).megabytes);
  const answersOf = contenders.map(() => new Map<string, { load: Load; cpu: number }>());
  for (const question of QUESTIONS) {
    const samples = contenders.map((): { load: Load; cpu: number }[] => []);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [position, contender] of contenders.entries()) {
        if (contender.without.includes(question.id)) continue;
        samples[position]?.push(await ask(contender, question));
      }
    }
    for (const [position, of] of samples.entries()) {
      if (of.length > 0) answersOf[position]?.set(question.id, middle(of));
    }
  }
  return contenders.map(({ name, start: ms, process }, position) => ({
    contender: name,
    start: ms,
    idle: idle[position] ?? 0,
    loaded: usageOf(process.pid).megabytes,
    answers: answersOf[position] ?? new Map(),
  }));
}

async function ask(contender: Contender, question: Question): Promise<{ load: Load; cpu: number }> {
  const url = await addressOf(contender, question);
  const before = usageOf(contender.process.pid).cpuSeconds;
  const done = await load(url, SECONDS, CONNECTIONS, question.accept);
  if (done.wrong > 0)
    throw new Error(`${contender.name}: ${done.wrong} of ${done.count} answers to ${url.href} are not 200`);
  return { load: done, cpu: ((usageOf(contender.process.pid).cpuSeconds - before) / done.count) * 1000 };
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

function middle(samples: readonly { load: Load; cpu: number }[]): { load: Load; cpu: number } {
  const of = (pick: (sample: { load: Load; cpu: number }) => number): number => median(samples.map(pick));
  const each = (name: keyof Load) => of(({ load: one }) => one[name]);
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

function render(results: readonly Result[]): string {
  const lines = [["", ...results.map(({ contender }) => contender)]];
  for (const { id } of QUESTIONS) {
    lines.push([
      id,
      ...results.map(({ answers: of }) => {
        const one = of.get(id);
        if (one === undefined) return "-";
        const rate = id.includes("10 MB")
          ? `${one.load.megabytesPerSecond.toFixed(0)} MB/s`
          : `${one.load.perSecond.toFixed(0)}/s`;
        return `${rate}, ${one.load.p99.toFixed(1)} ms [${one.cpu.toFixed(3)}]`;
      }),
    ]);
  }
  lines.push(["start to first answer", ...results.map(({ start: ms }) => `${(ms / 1000).toFixed(2)} s`)]);
  lines.push([
    "memory idle -> after load",
    ...results.map(({ idle, loaded }) => `${idle.toFixed(0)} -> ${loaded.toFixed(0)} MB`),
  ]);
  return lines
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n")
    .replace("\n", `\n|${"---|".repeat(results.length + 1)}\n`);
}
