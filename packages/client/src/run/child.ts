import { spawn, type ChildProcess } from "node:child_process";
import { constants } from "node:os";
import { ClientError, systemCode } from "../errors.ts";
import { SIGNALS } from "../platform.ts";

/** What shells add to a signal's number to make an exit code of it. */
const SIGNAL_BASE = 128;

/**
 * Runs a command in the foreground with our standard streams, to its end.
 * @returns its exit code, or 128 and the number of the signal that ended it
 * @throws ClientError `COMMAND_NOT_FOUND`, `COMMAND_NOT_EXECUTABLE`
 */
export async function runChild(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  // Before the command can say that it is there: a signal that came between would end us, and leave it behind.
  const signals = catchSignals();
  try {
    const child = spawn(command, args, { stdio: "inherit", env });
    signals.handTo(child);
    return await new Promise<number>((resolve, reject) => {
      child.once("error", (cause) => {
        reject(cannotStart(command, cause));
      });
      child.once("exit", (code, signal) => {
        resolve(code ?? SIGNAL_BASE + (signal === null ? 0 : constants.signals[signal]));
      });
    });
  } finally {
    signals.release();
  }
}

interface CaughtSignals {
  /** To whom to hand them on. Handlers run between our own steps, so none is lost before this. */
  handTo(child: ChildProcess): void;
  release(): void;
}

function catchSignals(): CaughtSignals {
  let child: ChildProcess | undefined;
  const handlers = new Map<NodeJS.Signals, () => void>();
  // All are handed on, so that a guarded command ends as it would without us.
  for (const signal of SIGNALS) handlers.set(signal, () => child?.kill(signal));
  // A terminal's Ctrl-C reaches the command by itself; one that was sent to us alone must be handed on.
  handlers.set("SIGINT", () => (process.stdin.isTTY ? undefined : child?.kill("SIGINT")));
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return {
    handTo(started) {
      child = started;
    },
    release() {
      for (const [signal, handler] of handlers) process.off(signal, handler);
    },
  };
}

function cannotStart(command: string, cause: Error): ClientError {
  if (systemCode(cause) === "ENOENT") {
    return new ClientError("COMMAND_NOT_FOUND", `there is no command ${command}`, {
      hint: "countermark run takes the command after --, as in: countermark run -- pip install flask",
      cause,
    });
  }
  return new ClientError("COMMAND_NOT_EXECUTABLE", `cannot start ${command} (${systemCode(cause) ?? cause.message})`, {
    cause,
  });
}
