import { pino, type Logger } from "pino";
import { systemClock } from "../clock.ts";
import { openIndex } from "../data-folder.ts";
import { startIndex } from "../serve.ts";
import type { ServeOptions } from "./serve.ts";
import { stopSignal } from "./stop.ts";

/** Serves until the process is asked to end. */
export async function serve(options: ServeOptions): Promise<void> {
  const stop = stopSignal();
  const log = makeLog(options.logLevel);
  const index = await openIndex(options.data);
  try {
    const { host } = options.listen;
    const running = await startIndex(index, {
      host,
      port: options.port ?? options.listen.port,
      clock: systemClock,
      log,
    });
    process.stdout.write(`${running.url}\n`);
    await new Promise<void>((resolve) => {
      if (stop.signal.aborted) resolve();
      stop.signal.addEventListener("abort", () => {
        resolve();
      });
    });
    await running.stop();
  } finally {
    stop.release();
    await index.store.close();
  }
}

/** Lines of JSON on stderr, written at once: what a service manager has seen is never lost. */
function makeLog(level: string): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
}
