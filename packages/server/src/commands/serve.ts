import { Option, type Command } from "commander";
import { dataOption, parseAddress, parsePort, type Address } from "./options.ts";

/** The options of `serve`, read. */
export interface ServeOptions {
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
    .action(async (options: ServeOptions) => {
      const { serve } = await import("./run-serve.ts");
      await serve(options);
    });
}
