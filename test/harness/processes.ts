import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { atLast } from "./last-resort.ts";

/** How a program is started: with exactly this environment, in this folder, and not longer than this. */
export interface Start {
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly timeoutMs?: number;
}

/** How a program ended. `code` is 128 + signal number as in shells when a signal ended it. */
export interface Ending {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, in the order in which they came. */
  readonly output: string;
}

/** A program that runs in a process group of its own, so that it ends with everything it started. */
export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ending>;
  isRunning(): boolean;
  /** What it has written so far. */
  output(): string;
  /** Asks it to end (SIGTERM), insists after some seconds, and waits. */
  stop(): Promise<Ending>;
  /** Ends it and all it started at once, as a power cut would (SIGKILL), and waits. */
  kill(): Promise<Ending>;
}

const DEFAULT_TIMEOUT_MS = 120_000;
const PATIENCE_MS = 5_000;
const KILLED = 128 + 9;

/** Process groups that were started here and have not ended. */
const groups = new Set<number>();
atLast(() => {
  for (const pid of groups) endGroup(pid, "SIGKILL");
});

/** Starts a program with stdin closed. */
export function start(program: string, args: readonly string[], how: Start): Running {
  const child = spawn(program, args, {
    cwd: how.folder,
    env: how.environment,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  return watch(child, how.timeoutMs ?? DEFAULT_TIMEOUT_MS);
}

/** Runs a program to its end. */
export function run(program: string, args: readonly string[], how: Start): Promise<Ending> {
  return start(program, args, how).ended;
}

function watch(child: ChildProcess, timeoutMs: number): Running {
  const pid = child.pid ?? 0;
  if (pid > 0) groups.add(pid);
  const written = { stdout: "", stderr: "", output: "" };
  const write = (stream: "stdout" | "stderr", text: string): void => {
    written[stream] += text;
    written.output += text;
  };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    write("stdout", text);
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    write("stderr", text);
  });
  const timer = setTimeout(() => {
    write("stderr", `\n(ended by the test after ${timeoutMs} ms)`);
    endGroup(pid, "SIGKILL");
  }, timeoutMs);
  const ended = ending(child).then((code) => {
    clearTimeout(timer);
    endGroup(pid, "SIGKILL");
    groups.delete(pid);
    return { code, ...written };
  });
  const kill = (): Promise<Ending> => {
    endGroup(pid, "SIGKILL");
    return ended;
  };
  const stop = async (): Promise<Ending> => {
    endGroup(pid, "SIGTERM");
    const insist = setTimeout(() => void kill(), PATIENCE_MS);
    return ended.finally(() => {
      clearTimeout(insist);
    });
  };
  return { pid, ended, isRunning: () => groups.has(pid), output: () => written.output, stop, kill };
}

async function ending(child: ChildProcess): Promise<number> {
  const [code] = (await once(child, "close")) as [number | null];
  return code ?? KILLED;
}

/** Ends a group that we started. One that has ended already is no error. */
function endGroup(pid: number, signal: NodeJS.Signals): void {
  if (pid <= 0) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It had ended by itself.
  }
}
