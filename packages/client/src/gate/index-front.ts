import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Server as TlsServer } from "node:https";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { sendText } from "../agent/answers.ts";
import type { IndexSite } from "../agent/index-site.ts";
import { destinationOf, formatDestination } from "../network/destination.ts";
import { nodeHttp, nodeHttps } from "../network/node-http.ts";
import type { ServerIdentity } from "./host-authority.ts";

/** Longest request target that any installer of ours needs, in characters. */
const MAX_TARGET = 2048;
/** Limits of every server of the gate. An upload may take long, an installer builds wheels between two requests. */
export const SERVER_LIMITS = {
  requestTimeout: 30 * 60_000,
  headersTimeout: 30_000,
  keepAliveTimeout: 120_000,
  maxHeaderSize: 16 * 1024,
} as const;
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** What went wrong before a request could be read. */
export interface FrontEvents {
  /** The tool ended the handshake: it does not believe our certificate. */
  distrusted(): void;
  /** The tool wants another host of the tunnel to the index; `name` is as it came. */
  wrongName(name: string): void;
}

/** A trusted index as the gate shows it. */
export interface ShownIndex {
  /** Base URL, as the user named it. */
  readonly base: URL;
  readonly site: IndexSite;
}

/**
 * Stands in for an index's own server: what was sent through the proxy for its host arrives here, in TLS where the index
 * speaks TLS. One server may hold several indexes, each below a path of its own.
 */
export class IndexFront {
  readonly #base: URL;
  readonly #indexes: readonly ShownIndex[];
  readonly #server: Server | TlsServer;

  /**
   * @param indexes of one scheme, host and port
   * @param identity what an index on https is shown as
   */
  constructor(indexes: readonly [ShownIndex, ...ShownIndex[]], identity: () => ServerIdentity, events: FrontEvents) {
    const { base } = indexes[0];
    this.#base = base;
    // The longest path first: an index may lie below another one's.
    this.#indexes = indexes.toSorted((a, b) => b.base.pathname.length - a.base.pathname.length);
    const answer = (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response);
    this.#server =
      base.protocol === "http:"
        ? nodeHttp().createServer(SERVER_LIMITS, answer)
        : tlsServer(destinationOf(base).host, identity(), events).on("request", answer);
  }

  /** Takes over a connection on which the tool speaks as it would to the index. */
  takeOver(connection: Duplex): void {
    this.#server.emit("connection", connection);
  }

  /**
   * Answers a request that came through the proxy in plain.
   * @param path as in the request's first line, with its query
   */
  async answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const [plain = ""] = path.split("?");
    const index = this.#indexes.find(({ base }) => plain.startsWith(base.pathname));
    if (path.length > MAX_TARGET) sendText(request, response, 414, "the address is too long\n");
    else if (index === undefined) sendText(request, response, 404, "not found\n");
    else await index.site.answer(request, response, plain.slice(index.base.pathname.length));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = "", headers } = request;
    const { host } = headers;
    const own = [this.#base.host, formatDestination(destinationOf(this.#base))];
    if (host === undefined || !own.includes(host.toLowerCase())) refuse(request, response, 421, "this is another host");
    else if (!url.startsWith("/")) refuse(request, response, 400, "inside the tunnel there is no proxy");
    else await this.answer(request, response, url);
  }
}

/** Says no to a request that no tool sends, and ends its connection: whatever follows on it may be as crooked. */
function refuse(request: IncomingMessage, response: ServerResponse, status: 400 | 421, reason: string): void {
  response.setHeader("connection", "close");
  sendText(request, response, status, `${reason}\n`);
}

function tlsServer(host: string, { key, certificate }: ServerIdentity, events: FrontEvents): TlsServer {
  const named = isIP(host) === 0;
  const options = {
    ...SERVER_LIMITS,
    ...{ key, cert: certificate, ALPNProtocols: ["http/1.1"], minVersion: "TLSv1.2" as const },
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    SNICallback(name: string, done: (error: Error | null) => void): void {
      if (name.toLowerCase() === host) {
        done(null);
        return;
      }
      events.wrongName(name);
      done(new Error("another name than the index's"));
    },
  };
  const server = nodeHttps().createServer(options);
  server.on("secureConnection", (socket) => {
    // Whoever names no host gets no answer for this one; an IP address is never named (RFC 6066, 3).
    if (named && socket.servername === false) socket.destroy();
  });
  server.on("tlsClientError", (error, socket) => {
    if ("code" in error && String(error.code).includes("ALERT")) events.distrusted();
    socket.destroy();
  });
  return server;
}
