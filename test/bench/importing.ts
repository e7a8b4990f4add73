import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { makeWheel, writeDistributions, type Distribution } from "../harness/distributions/distributions.ts";
import { importFolder, initIndex, serve } from "../harness/index-server.ts";
import type { Sandbox } from "../harness/sandbox.ts";
import { figure, type Figure } from "./figures.ts";

/** Wheels of one import, three to a project. */
const WHEELS = 600;
const BODY_BYTES = 20_000;
const POLL_MS = 2;
const JSON_PAGE = "application/vnd.pypi.simple.v1+json";

/** How fast a folder goes in, and how soon after `import` is typed a running index lists a new file. */
export async function measureImports(sandbox: Sandbox, rounds: number): Promise<readonly Figure[]> {
  const wheels = Array.from({ length: WHEELS }, (_, number) =>
    bodied(`project-${Math.floor(number / 3)}`, `${number % 3}.0`, number),
  );
  const folder = writeDistributions(join(sandbox.folder, "wheels"), wheels);
  const [rates, delays]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    const index = await initIndex(sandbox, `import-${round}`);
    const seconds = await timed(() => importFolder(sandbox, index, folder));
    rates.push(WHEELS / seconds);
    const { url, process } = await serve(sandbox, index);
    const one = writeDistributions(join(sandbox.folder, `one-${round}`), [bodied("newcomer", "1.0", round)]);
    const importing = importFolder(sandbox, index, one);
    delays.push(await timed(() => untilListed(url, "newcomer")));
    await importing;
    await process.stop();
  }
  return [
    figure("import-rate", `import: files per second (${WHEELS} wheels of ${BODY_BYTES / 1000} kB)`, "files/s", rates),
    figure("import-to-installable", "import: from the command to a file that installers see", "s", delays),
  ];
}

function bodied(name: string, version: string, seed: number): Distribution {
  const body = Buffer.alloc(BODY_BYTES, `${name} ${version} ${seed}`);
  return makeWheel({ name, version, extra: [["body.bin", body]] });
}

async function untilListed(url: string, project: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/simple/${project}/`, { headers: { accept: JSON_PAGE } });
    await response.arrayBuffer();
    if (response.status === 200) return;
    await sleep(POLL_MS);
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
