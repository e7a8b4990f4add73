import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Contender, Mode } from "./contenders.ts";

/** What a measuring program prints. */
export interface Measurement {
  /** By the clock. */
  readonly ms: number;
  /** What all threads of the process computed in that time: tells more than the clock on a machine that others use. */
  readonly cpuMs: number;
  readonly peakBytes: number;
  readonly firstLookUpMs?: number;
  readonly warmLookUpMs?: number;
  /** The first one in delegations that were not asked yet, by code that is warm. */
  readonly unaskedLookUpMs?: number;
}

export type Metric = keyof Measurement;

/** A program that was ended because it took longer than it may. */
export const OVER_CAP = "over cap";

/** Runs a contender once, in a fresh process with next to no environment. */
export async function measure(
  { name, commands }: Contender,
  mode: Mode,
  folder: string,
  capMs: number,
): Promise<Measurement | typeof OVER_CAP> {
  const [program = "", ...args] = commands[mode] ?? [];
  const child = spawn(program, [...args, mode, folder], {
    env: { PATH: process.env["PATH"] ?? "" },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: capMs,
    killSignal: "SIGKILL",
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (part: string) => (output.stdout += part));
  child.stderr.setEncoding("utf8").on("data", (part: string) => (output.stderr += part));
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  if (signal === "SIGKILL") return OVER_CAP;
  if (code !== 0) throw new Error(`${name} failed to measure ${folder}: ${output.stderr.trim()}`);
  return JSON.parse(output.stdout) as Measurement;
}

/** The middle of the values, the mean of the two in the middle where there are two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  const upper = sorted[Math.floor(half)] ?? Number.NaN;
  return Number.isInteger(half) ? ((sorted[half - 1] ?? Number.NaN) + upper) / 2 : upper;
}
