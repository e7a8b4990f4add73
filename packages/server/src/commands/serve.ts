import { Option, type Command } from "commander";
import {
  dataOption,
  parseAddress,
  parseBaseUrl,
  parseCount,
  parseListen,
  parseMode,
  parsePort,
  parseTrustedProxy,
  type Address,
  type SocketPath,
} from "./options.ts";

/** The options of `serve`, read. */
export interface ServeOptions {
  readonly data: string;
  readonly listen: Address | SocketPath;
  readonly port?: number;
  readonly socketMode: number;
  readonly publicUrl?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly trustedProxy?: readonly string[];
  readonly maxFileSize: number;
  readonly maxProjectSize: number;
  readonly maxFormFields: number;
  readonly private?: true;
  readonly invitationOnly?: true;
  readonly maxNewClaims: number;
  readonly logRequests?: true;
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

Every flag may stand in countermark-server.toml, in the table [serve]. A request's id stands in its log lines and, where
something went wrong, in the answer's X-Request-Id. SIGHUP reads the certificate anew.

Examples:
  countermark-server serve --data /srv/index --listen 0.0.0.0:8000
  countermark-server serve --data /srv/index --listen unix:/run/countermark/http.sock --trusted-proxy unix
  countermark-server serve --data /srv/index --listen 0.0.0.0:443 --tls-cert fullchain.pem --tls-key privkey.pem`;

/** `serve`: answers installers. */
export function addServeCommand(program: Command): void {
  program
    .command("serve")
    .summary("answer installers")
    .description("Serves the index over HTTP and keeps its signatures fresh.")
    .addOption(dataOption())
    .addOption(
      new Option("--listen <address>", "HOST:PORT or unix:/PATH to listen on")
        .argParser(parseListen)
        .default(parseAddress("127.0.0.1:8000"), "127.0.0.1:8000"),
    )
    .option("--port <port>", "another port than that of --listen; 0 takes any free one", parsePort)
    .addOption(
      new Option("--socket-mode <bits>", "who may connect to the socket of unix:/PATH")
        .argParser(parseMode)
        .default(0o660, "660"),
    )
    .option("--public-url <url>", "where installers reach the index; pages for people show it", parseBaseUrl)
    .option("--tls-cert <file>", "certificate chain (PEM), for HTTPS without a proxy; read anew at SIGHUP")
    .option("--tls-key <file>", "its private key (PEM)")
    .option(
      "--trusted-proxy <address...>",
      "a proxy whose X-Forwarded-For and X-Request-Id count: an address, a network such as 10.0.0.0/8, or 'unix'",
      parseTrustedProxy,
    )
    .option("--max-file-size <MiB>", "largest file that may be uploaded", parseCount, 100)
    .option("--max-project-size <MiB>", "most that all files of a project may have", parseCount, 10_240)
    .option("--max-form-fields <count>", "most fields of an upload form", parseCount, 4000)
    .option("--max-new-claims <count>", "new projects that one account may claim in a day", parseCount, 100)
    .option("--private", "reading needs a token as well; only /-/health and /-/ready stay open")
    .option("--invitation-only", "an account is made with a code of 'account invite' only")
    .option("--log-requests", "log every answer, not only what went wrong")
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
