import { dirname, join } from "node:path";
import { run, start, type Ending, type Running } from "../../../../test/harness/processes.ts";
import type { Scope } from "../../../../test/harness/scope.ts";

const BIN = join(import.meta.dirname, "../../bin/countermark-server.js");
/** Nothing of the tester's own environment reaches the command. */
const ENVIRONMENT = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin` };
const NODE_OPTIONS = ["--conditions=countermark-source", "--disable-warning=ExperimentalWarning"];

/** Runs `countermark-server` to its end. */
export function server(...args: readonly string[]): Promise<Ending> {
  return run(process.execPath, [...NODE_OPTIONS, BIN, ...args], { environment: ENVIRONMENT, folder: "/" });
}

/** The same where no file may grow beyond so many blocks of 512 bytes: a disk that takes no more. */
export function serverWithLimit(blocks: number, ...args: readonly string[]): Promise<Ending> {
  const script = `ulimit -f ${blocks}; exec "$@"`;
  const command = ["-c", script, "sh", process.execPath, ...NODE_OPTIONS, BIN, ...args];
  return run("/bin/sh", command, { environment: ENVIRONMENT, folder: "/" });
}

/** Starts `countermark-server`; it ends with the scope at the latest. `preload` is loaded before it. */
export function startServer(
  scope: Scope,
  args: readonly string[],
  more: { preload?: string; settings?: Record<string, string> } = {},
): Running {
  const preload = more.preload === undefined ? [] : [`--import=${more.preload}`];
  const running = start(process.execPath, [...NODE_OPTIONS, ...preload, BIN, ...args], {
    environment: { ...ENVIRONMENT, ...more.settings },
    folder: "/",
  });
  scope.after(() => running.kill());
  return running;
}

const PATIENCE_MS = 30_000;

/** Waits until a pattern stands in what a process has written. */
export async function written(running: Running, pattern: RegExp): Promise<RegExpExecArray> {
  const ended = running.ended.then(() => true);
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end;) {
    const found = pattern.exec(running.output());
    if (found !== null) return found;
    const over = await Promise.race([ended, new Promise<false>((resolve) => setTimeout(resolve, 10, false))]);
    if (over && pattern.exec(running.output()) === null) break;
  }
  throw new Error(`${pattern} was not written:\n${running.output()}`);
}

/** Starts `serve` on a free port and waits for its address. */
export async function serve(
  scope: Scope,
  data: string,
  more: { preload?: string; settings?: Record<string, string>; args?: readonly string[] } = {},
): Promise<{ readonly url: string; readonly process: Running }> {
  const process = startServer(scope, ["serve", "--data", data, "--port", "0", ...(more.args ?? [])], more);
  const [, url = ""] = await written(process, /^(http:\/\/127\.0\.0\.1:\d+\/)$/m);
  return { url, process };
}
