import { request } from "node:http";
import { encodeForm, partsFor, BOUNDARY } from "../../../packages/server/test/upload/form.ts";
import { makeWheel } from "../../harness/distributions/distributions.ts";
import { JSON_PAGE, type Contender } from "./contenders.ts";
import { usageOf } from "./process-figures.ts";

const BODY_BYTES = 20_000;
const POLL_MS = 2;
const PATIENCE_MS = 20_000;

/** Milliseconds of one upload after the other, and of CPU for each. */
export interface Uploading {
  readonly contender: string;
  readonly count: number;
  /** From sending to the answer. */
  readonly answered: Quantiles;
  /** From sending until the project's page links to the file. */
  readonly listed: Quantiles;
  readonly cpu: number;
}

interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}

/** Uploads wheels of 20 kB, one after the other and in turns, over new connections, as upload tools do. */
export async function measureUploads(contenders: readonly Contender[], count: number): Promise<readonly Uploading[]> {
  const able = contenders.filter(({ upload }) => upload !== undefined);
  const of = able.map(() => ({ answered: [] as number[], listed: [] as number[], cpu: 0 }));
  for (let number = 0; number < count; number += 1) {
    for (const [position, contender] of able.entries()) {
      const own = of[position];
      const before = usageOf(contender.process.pid).cpuSeconds;
      const { answered, listed } = await uploadOne(contender, number);
      own?.answered.push(answered);
      own?.listed.push(listed);
      if (own !== undefined) own.cpu += usageOf(contender.process.pid).cpuSeconds - before;
    }
  }
  return able.map(({ name }, position) => {
    const { answered, listed, cpu } = of[position] ?? { answered: [], listed: [], cpu: 0 };
    return {
      ...{ contender: name, count, answered: quantiles(answered), listed: quantiles(listed) },
      cpu: (cpu / count) * 1000,
    };
  });
}

/** Three versions of a project follow each other. */
async function uploadOne(contender: Contender, number: number): Promise<{ answered: number; listed: number }> {
  const name = `uploaded${Math.floor(number / 3)}`;
  const extra = [["body.bin", Buffer.alloc(BODY_BYTES, `${number}`)]] as const;
  const file = makeWheel({ name, version: `${number % 3}.0`, extra });
  const form = encodeForm(partsFor(file));
  const started = performance.now();
  await send(contender, form);
  const answered = performance.now() - started;
  await untilListed(new URL(`${name}/`, contender.url), file.filename);
  return { answered, listed: performance.now() - started };
}

function send({ name, upload }: Contender, form: Buffer): Promise<void> {
  const headers = {
    ...upload?.headers,
    "content-type": `multipart/form-data; boundary=${BOUNDARY}`,
    "content-length": form.length,
  };
  return new Promise((resolve, reject) => {
    const asked = request(upload?.url ?? "", { method: "POST", headers, agent: false }, (response) => {
      response.resume();
      response.once("end", () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${name}: ${response.statusCode} ${response.statusMessage}`));
      });
    });
    asked.once("error", reject);
    asked.end(form);
  });
}

async function untilListed(page: URL, filename: string): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end;) {
    const response = await fetch(page, { headers: { accept: `${JSON_PAGE}, text/html;q=0.5` } });
    if ((await response.text()).includes(filename)) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`${page.href} does not list ${filename}`);
}

/** What half, and 99 of 100, stayed below. */
function quantiles(samples: readonly number[]): Quantiles {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

/** One line for each contender. */
export function renderUploads(results: readonly Uploading[]): string {
  const lines = results.map(({ contender, count, answered, listed, cpu }) => {
    const of = ({ p50, p99 }: Quantiles): string => `${p50.toFixed(1)} (${p99.toFixed(1)})`;
    return `| ${contender} | ${count} | ${of(answered)} | ${of(listed)} | ${cpu.toFixed(1)} |`;
  });
  const head = "| uploads of 20 kB | count | ms to the answer, p50 (p99) | ms to the page, p50 (p99) | CPU ms each |";
  return [head, "| --- | --- | --- | --- | --- |", ...lines].join("\n");
}
