import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeWheel } from "../../harness/distributions/distributions.ts";
import { initIndex } from "../../harness/index-server.ts";
import type { Sandbox } from "../../harness/sandbox.ts";
import { SERVER } from "../built.ts";
import { JSON_PAGE, serveBuilt } from "./contenders.ts";
import { usageOf } from "./process-figures.ts";
import { measureUploads, type Uploading } from "./uploading.ts";

const LOOK_EVERY_MS = 200;

/** An import of many files, ended when its time is up, and what the index then does. */
export interface ManyFiles {
  readonly files: number;
  readonly imported: number;
  readonly perSecond: number;
  /** Milliseconds of CPU for each file. */
  readonly cpu: number;
  readonly peakMegabytes: number;
  readonly page?: PageTimes;
  readonly start: number;
  readonly uploads: readonly Uploading[];
}

/** Milliseconds to the whole page of the project with all files. */
interface PageTimes {
  readonly files: number;
  /** After the start. */
  readonly first: number;
  /** The middle of ten more. */
  readonly again: number;
  /** The first time since one more file was published, {@link AFTER_RELEASE_MS} before. */
  readonly released: number;
}

/** From a release until somebody asks for it. */
const AFTER_RELEASE_MS = 1000;

/** Imports `files` small wheels, ten to a project, or all of one, within `seconds`; then serves and uploads. */
export async function measureMany(
  sandbox: Sandbox,
  { files, perProject, seconds, uploads }: { files: number; perProject: number; seconds: number; uploads: number },
): Promise<ManyFiles> {
  const name = `many-${files}-${perProject}`;
  const index = await initIndex(sandbox, name);
  const folder = generate(join(sandbox.folder, name, "files"), files, perProject);
  const started = performance.now();
  const importing = sandbox.start(process.execPath, [SERVER, "import", "--data", index.data, folder], {
    timeoutMs: (seconds + 60) * 1000,
  });
  let [peak, cpu, ending] = [0, 0, false];
  while (importing.isRunning()) {
    peak = Math.max(peak, peakOf(importing.pid));
    cpu = Math.max(cpu, usageOf(importing.pid).cpuSeconds);
    if (!ending && performance.now() - started > seconds * 1000) {
      ending = true;
      process.kill(importing.pid, "SIGINT");
    }
    await sleep(LOOK_EVERY_MS);
  }
  const elapsed = (performance.now() - started) / 1000;
  const { output } = await importing.ended;
  const imported = Number(/published ([\d,]+) files/.exec(output)?.[1]?.replaceAll(",", "") ?? NaN);
  if (!(imported > 0)) throw new Error(`nothing was imported:\n${output}`);
  const served = await serveBuilt(sandbox, index);
  const address = new URL("gen-0/", served.url);
  const release = async (): Promise<void> => {
    const { filename, bytes } = makeWheel({ name: "gen-0", version: `${files}.0` });
    const one = join(sandbox.folder, name, "released");
    mkdirSync(one);
    writeFileSync(join(one, filename), bytes);
    await sandbox.run(process.execPath, [SERVER, "import", "--data", index.data, one]);
    await sleep(AFTER_RELEASE_MS);
  };
  const page = files === perProject && imported === files ? await pageTimes(address, files, release) : undefined;
  const uploading = await measureUploads([served], uploads);
  await served.process.stop();
  return {
    ...{ files, imported, perSecond: imported / elapsed, cpu: (cpu / imported) * 1000, peakMegabytes: peak },
    ...{ ...(page && { page }), start: served.start, uploads: uploading },
  };
}

function generate(folder: string, files: number, perProject: number): string {
  mkdirSync(folder, { recursive: true });
  for (let number = 0; number < files; number += 1) {
    const name = `gen-${Math.floor(number / perProject)}`;
    const { filename, bytes } = makeWheel({ name, version: `${number % perProject}.0` });
    writeFileSync(join(folder, filename), bytes);
  }
  return folder;
}

/** The most memory that a process had at a time, in megabytes; 0 when it has ended. */
function peakOf(pid: number): number {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return (Number(kilobytes ?? 0) * 1024) / 1e6;
  } catch {
    return 0;
  }
}

async function pageTimes(page: URL, files: number, release: () => Promise<void>): Promise<PageTimes> {
  const first = await timePage(page, files);
  const times: number[] = [];
  for (let round = 0; round < 10; round += 1) times.push(await timePage(page, files));
  await release();
  const released = await timePage(page, files + 1);
  return { files, first, again: times.toSorted((a, b) => a - b)[5] ?? NaN, released };
}

async function timePage(page: URL, files: number): Promise<number> {
  const started = performance.now();
  const text = await (await fetch(page, { headers: { accept: JSON_PAGE, "accept-encoding": "identity" } })).text();
  const elapsed = performance.now() - started;
  const listed = (JSON.parse(text) as { files: unknown[] }).files.length;
  if (listed !== files) throw new Error(`${page.href} lists ${listed} files`);
  return elapsed;
}

/** What there is to say of it, in lines. */
export function renderMany(one: ManyFiles): string {
  const { files, imported, perSecond, cpu, peakMegabytes, page, start } = one;
  const lines = [
    `import: ${imported} of ${files} files, ${perSecond.toFixed(0)} files/s, ${cpu.toFixed(2)} CPU ms each, at most ${peakMegabytes.toFixed(0)} MB`,
    `start with them to first answer: ${(start / 1000).toFixed(2)} s`,
  ];
  if (page) {
    const { first, again, released } = page;
    lines.push(
      `JSON page of ${page.files} files: first after the start ${first.toFixed(0)} ms, then ${again.toFixed(1)} ms, first after a release ${released.toFixed(1)} ms`,
    );
  }
  return lines.join("\n");
}
