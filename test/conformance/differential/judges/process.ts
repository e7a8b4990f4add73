import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { caseLine, type Case, type Verdict } from "../case.ts";

/** Longest that a judge may take for one batch. */
const JUDGE_TIMEOUT_MS = 10 * 60 * 1000;

/** Lets a program judge all cases in one process: a file of cases as its last argument, a line for each on stdout. */
export async function judgeByProcess(command: readonly string[], cases: readonly Case[]): Promise<Verdict[]> {
  const folder = mkdtempSync(join(tmpdir(), "countermark-differential-"));
  try {
    const file = join(folder, "cases.jsonl");
    writeFileSync(file, cases.map((each) => `${caseLine(each)}\n`).join(""));
    const lines = (await outputOf([...command, file])).trimEnd().split("\n");
    if (lines.length !== cases.length) throw new Error(`${lines.length} verdicts for ${cases.length} cases`);
    return lines.map((line) => JSON.parse(line) as Verdict);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function outputOf([program = "", ...args]: readonly string[]): Promise<string> {
  const child = spawn(program, args, {
    env: { PATH: process.env["PATH"] ?? "" },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: JUDGE_TIMEOUT_MS,
    killSignal: "SIGKILL",
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (part: string) => (output.stdout += part));
  child.stderr.setEncoding("utf8").on("data", (part: string) => (output.stderr += part));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`${program} ended with ${String(code)}: ${output.stderr.slice(-2000)}`);
  return output.stdout;
}
