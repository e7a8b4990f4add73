import { Option, type Command } from "commander";
import { pino, type Logger } from "pino";
import { systemClock } from "../clock.ts";
import { openIndex } from "../data-folder.ts";
import { startIndex } from "../serve.ts";
import { dataOption, parseAddress, parsePort, type Address } from "./options.ts";
import { stopSignal } from "./stop.ts";

interface Options {
  readonly data: string;
  readonly listen: Address;
  readonly port?: number;
  readonly logLevel: string;
}

const HELP = `
Before the first answer everything that is due is signed anew, and so by the clock afterwards. Log lines are JSON on
stderr. When it listens it prints its address on stdout. Stop it with SIGTERM or Ctrl-C: answers on their way end first.

  /                 how to trust this index
  /simple/          for pip, uv and every other installer
  /tuf/             for any TUF client
  /-/health         ok, warning or failing
  /-/metrics        for Prometheus

Example:
  countermark-server serve --data /srv/index --listen 0.0.0.0:8000`;

/** `serve`: answers installers. */
export function addServeCommand(program: Command): void {
  program
    .command("serve")
    .summary("answer installers")
    .description("Serves the index over HTTP and keeps its signatures fresh.")
    .addOption(dataOption())
    .addOption(
      new Option("--listen <address>", "HOST:PORT to listen on")
        .argParser(parseAddress)
        .default(parseAddress("127.0.0.1:8000"), "127.0.0.1:8000"),
    )
    .option("--port <port>", "another port than that of --listen; 0 takes any free one", parsePort)
    .addOption(
      new Option("--log-level <level>", "how much to log")
        .choices(["debug", "info", "warn", "error", "silent"])
        .default("info"),
    )
    .addHelpText("after", HELP)
    .action(serve);
}

async function serve(options: Options): Promise<void> {
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
