import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import type { Sandbox, Settings } from "../../harness/sandbox.ts";

/** What a command took, of its own process and threads. */
export interface Usage {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** The most memory that it had at one time. */
  readonly mebibytes: number;
}

const PRELOADED = join(import.meta.dirname, "usage-at-end.ts");
const TIMEOUT_MS = 9 * 60_000;

/** Runs one of our commands to its end, which must be a good one. */
export async function runMeasured(
  sandbox: Sandbox,
  program: string,
  args: readonly string[],
  settings: Settings = {},
): Promise<Usage> {
  const file = join(sandbox.folder, "usage.json");
  const options = [settings["NODE_OPTIONS"], `--import=${PRELOADED}`].filter((option) => option !== undefined);
  const began = performance.now();
  const ending = await sandbox.run(process.execPath, [program, ...args], {
    settings: { ...settings, NODE_OPTIONS: options.join(" "), BENCH_USAGE_FILE: file },
    timeoutMs: TIMEOUT_MS,
  });
  const seconds = (performance.now() - began) / 1000;
  assert.equal(ending.code, 0, ending.output);
  return { seconds, ...(JSON.parse(readFileSync(file, "utf8")) as Omit<Usage, "seconds">) };
}
