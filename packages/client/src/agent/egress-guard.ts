import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { listen, stop } from "./listening.ts";
import { printable } from "../printable.ts";

/** Different destinations that are kept. */
const MAX_DESTINATIONS = 100;
/** Longest destination that is kept, in characters: a host name has at most 253. */
const MAX_DESTINATION = 260;
/** Open connections at once: an installer's parallel downloads have far fewer. */
const MAX_CONNECTIONS = 256;
/** How long a connection may lie still. */
const IDLE_MS = 10_000;
const REASON = "countermark: only the trusted index may be asked";

/**
 * The proxy that a guarded command is given, so that what goes past the index settings (direct addresses, lock files, a
 * second index) is refused and told instead of going out in silence. It needs no certificate: refusing needs no TLS.
 */
export class EgressGuard {
  readonly #server: Server;
  readonly #destinations = new Map<string, number>();
  /** The server forgets a tunnel's connection as soon as it is asked for, so it is ours to end. */
  readonly #tunnels = new Set<Duplex>();

  private constructor() {
    this.#server = createServer({ requestTimeout: 10_000 }, (request, response) => {
      this.#refuseRequest(request, response);
    });
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.setTimeout(IDLE_MS);
    this.#server.on("connect", (request, socket) => {
      this.#refuseTunnel(request, socket);
    });
  }

  /** Starts a guard on a free port of 127.0.0.1. */
  static async start(): Promise<EgressGuard> {
    const guard = new EgressGuard();
    await listen(guard.#server, 0);
    return guard;
  }

  /** Where the guard listens, as proxy variables want it. */
  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  }

  /** Destinations that were refused, such as `files.example.org:443`, and how often. */
  get refused(): ReadonlyMap<string, number> {
    return this.#destinations;
  }

  /** Ends every connection, whatever its other side does. */
  async stop(): Promise<void> {
    for (const tunnel of this.#tunnels) tunnel.destroy();
    await stop(this.#server);
  }

  #refuseTunnel(request: IncomingMessage, socket: Duplex): void {
    this.#note(request.url ?? "");
    socket.on("error", () => undefined);
    this.#tunnels.add(socket);
    socket.once("close", () => this.#tunnels.delete(socket));
    socket.end(`HTTP/1.1 403 ${REASON}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
  }

  #refuseRequest(request: IncomingMessage, response: ServerResponse): void {
    const target = request.url ?? "";
    if (URL.canParse(target)) this.#note(new URL(target).host);
    response.writeHead(403, REASON, { "content-length": 0, connection: "close" }).end();
  }

  #note(destination: string): void {
    const name = printable(destination, MAX_DESTINATION);
    const count = this.#destinations.get(name);
    if (count === undefined && this.#destinations.size >= MAX_DESTINATIONS) return;
    this.#destinations.set(name, (count ?? 0) + 1);
  }
}
