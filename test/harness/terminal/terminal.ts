import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../processes.ts";
import type { Options, Sandbox } from "../sandbox.ts";

const TYPIST = fileURLToPath(new URL("typist.py", import.meta.url));
const DEFAULT_SECONDS = 120;

/** One thing to type: when the terminal shows what matches, this is typed; see `typist.py` for the third member. */
export type Step = readonly [waitFor: string, type: string, words?: string];

/** What a program at a terminal showed. */
export interface Conversation {
  /** Negative: the signal that ended it. */
  readonly code: number;
  /** All that the terminal showed: output and error together. */
  readonly shown: string;
  /** How many of the steps were done. */
  readonly steps: number;
}

/** Runs a program at a real pseudo-terminal and types at it; its standard input is empty. */
export async function converse(
  argv: readonly string[],
  steps: readonly Step[],
  how: { readonly environment: NodeJS.ProcessEnv; readonly folder: string; readonly seconds?: number },
): Promise<Conversation> {
  const environment = Object.fromEntries(Object.entries(how.environment).filter(hasValue));
  return await withTask(argv, steps, how.seconds, async (file) => {
    return await run("python3", [TYPIST, file], { environment, folder: how.folder });
  });
}

/** The same in a sandbox. */
export async function converseIn(
  sandbox: Sandbox,
  argv: readonly string[],
  steps: readonly Step[],
  options: Options = {},
): Promise<Conversation> {
  return await withTask(argv, steps, undefined, async (file) => {
    return await sandbox.run("/usr/bin/env", ["python3", TYPIST, file], {
      timeoutMs: 2 * DEFAULT_SECONDS * 1000,
      ...options,
    });
  });
}

async function withTask(
  argv: readonly string[],
  steps: readonly Step[],
  seconds: number | undefined,
  work: (file: string) => Promise<{ readonly stdout: string; readonly stderr: string }>,
): Promise<Conversation> {
  const folder = mkdtempSync(join(tmpdir(), "countermark-typist-"));
  try {
    const file = join(folder, "task.json");
    writeFileSync(file, JSON.stringify({ argv, steps, seconds: seconds ?? DEFAULT_SECONDS }));
    const { stdout, stderr } = await work(file);
    if (stdout === "") throw new Error(`the typist failed:\n${stderr}`);
    return JSON.parse(stdout) as Conversation;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function hasValue(entry: [string, string | undefined]): entry is [string, string] {
  return entry[1] !== undefined;
}
