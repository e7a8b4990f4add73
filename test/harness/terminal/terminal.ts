import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const TYPIST = fileURLToPath(new URL("typist.py", import.meta.url));
const DEFAULT_SECONDS = 90;

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
  const { environment: env, folder: cwd, seconds = DEFAULT_SECONDS } = how;
  const typist = spawn("python3", [TYPIST], { env, cwd, stdio: ["pipe", "pipe", "inherit"], detached: true });
  typist.stdin.end(JSON.stringify({ argv, steps, seconds }));
  const output: Buffer[] = [];
  typist.stdout.on("data", (piece: Buffer) => output.push(piece));
  await once(typist, "close");
  return JSON.parse(Buffer.concat(output).toString()) as Conversation;
}
