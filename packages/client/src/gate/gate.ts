import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { sendRefusal, sendText } from "../agent/answers.ts";
import { listen, LOOPBACK, stop } from "../agent/listening.ts";
import { RefusalLog } from "../agent/refusals.ts";
import { makeSecret } from "../agent/secret.ts";
import { ClientError } from "../errors.ts";
import { destinationOf, formatDestination, parseAuthority, type Destination } from "../network/destination.ts";
import { nodeHttp } from "../network/node-http.ts";
import { printable, reasonPhrase } from "../printable.ts";
import type { AllowedHosts } from "./allowed-hosts.ts";
import { hasCredentials, USER } from "./credentials.ts";
import { forward } from "./forward.ts";
import { makeHostAuthority, type HostAuthority } from "./host-authority.ts";
import { IndexFront, SERVER_LIMITS, type FrontEvents, type ShownIndex } from "./index-front.ts";
import { Rules, type Verdict } from "./rules.ts";
import type { WayOut } from "./way-out.ts";

/** Open connections at once: installers' parallel downloads have far fewer. */
const MAX_CONNECTIONS = 1024;
const CHALLENGE = 'Basic realm="countermark"';

/** How a gate is opened. */
export interface GateOptions {
  /** The trusted indexes that the run uses. */
  readonly indexes: readonly [ShownIndex, ...ShownIndex[]];
  readonly allowed: AllowedHosts;
  /** The user's unsafe switch: other hosts are let through and told of. */
  readonly observing?: boolean;
  readonly wayOut: WayOut;
  /** This machine's clock, in milliseconds since the epoch. */
  readonly now: number;
}

/**
 * The forward proxy that a run's command is given as its only way out. What goes to a trusted index is answered here, from
 * what was verified of that index; what goes anywhere else is refused and told, unless it was allowed. It stands on loopback, where every
 * user and web page of this machine can knock: nothing is done for who does not bring the run's secret.
 */
export class Gate {
  /** What the command was kept from, or could not do, although nothing failed to verify. */
  readonly warnings = new RefusalLog();
  /** PEM of the authority whose word the command must take for the indexes. Its key is gone by now. */
  readonly authority: string;
  readonly #secret = makeSecret();
  readonly #server: Server;
  /** By `host:port`. */
  readonly #fronts: ReadonlyMap<string, IndexFront>;
  readonly #rules: Rules;
  readonly #wayOut: WayOut;
  /** Tunnels, which no server knows of any more. */
  readonly #tunnels = new Set<Duplex>();
  #port = 0;

  private constructor({ indexes, allowed, observing, wayOut, now }: GateOptions) {
    const [first, ...others] = indexes;
    const hostOf = ({ base }: ShownIndex): string => destinationOf(base).host;
    const authority = makeHostAuthority([hostOf(first), ...others.map(hostOf)], now);
    this.authority = authority.certificate;
    const bases = indexes.map(({ base }) => base);
    this.#rules = new Rules(bases, allowed, observing);
    this.#wayOut = wayOut;
    this.#fronts = this.#makeFronts(indexes, authority);
    const noteBug = (bug: unknown) => first.site.bugs.push(bug);
    this.#server = nodeHttp().createServer(SERVER_LIMITS, (request, response) => {
      this.#request(request, response).catch(noteBug);
    });
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on("connect", (request, socket, head: Buffer) => {
      this.#tunnel(request, socket, head).catch(noteBug);
    });
  }

  /** Opens a gate on a free port of loopback. */
  static async open(options: GateOptions): Promise<Gate> {
    const gate = new Gate(options);
    gate.#port = await listen(gate.#server, 0);
    return gate;
  }

  /** What proxy variables are set to. Holds the run's secret: for the command's environment alone. */
  get url(): string {
    return `http://${USER}:${this.#secret}@${LOOPBACK}:${this.#port}`;
  }

  /** Ends every connection, whatever its other side does: children that were left behind reach nothing any more. */
  async close(): Promise<void> {
    for (const tunnel of this.#tunnels) tunnel.destroy();
    await stop(this.#server);
  }

  /** A request in absolute form (RFC 9112, 3.2.2), as for plain http. */
  async #request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = request.url ?? "";
    // A web page's request, or a stranger's, comes like this: it gets nothing to go on.
    if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(target)) {
      endWith(request, response, 403, "this is a proxy, and not for you");
      return;
    }
    if (!this.#knows(request)) {
      response.setHeader("proxy-authenticate", CHALLENGE);
      sendText(request, response, 407, "the run's secret is missing\n");
      return;
    }
    const url = URL.canParse(target) ? new URL(target) : undefined;
    if (url?.protocol !== "http:" || url.username !== "" || url.password !== "") {
      endWith(request, response, 400, "only http, without a user in the address");
      return;
    }
    // RFC 9112, 3.2.2 has a proxy overlook a Host that says something else; whoever sends one means to mislead somebody.
    if (
      request.headers.host?.toLowerCase() !== url.host &&
      request.headers.host?.toLowerCase() !== formatDestination(destinationOf(url))
    ) {
      endWith(request, response, 400, "host and address differ");
      return;
    }
    await this.#answer(request, response, url);
  }

  async #answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const destination = destinationOf(url);
    const verdict = this.#tolerate(destination, await this.#rules.judge(destination, "request"));
    if (verdict.kind === "index") {
      await this.#front(destination).answer(request, response, url.pathname + url.search);
      return;
    }
    try {
      if (verdict.kind === "refused") throw verdict.error;
      await forward(request, response, { wayOut: this.#wayOut, url, destination });
    } catch (error) {
      const refusal = this.#note(destination, error);
      sendRefusal(request, response, refusal, 403);
    }
  }

  async #tunnel(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on("error", () => socket.destroy());
    this.#tunnels.add(socket);
    socket.once("close", () => this.#tunnels.delete(socket));
    if (!this.#knows(request)) {
      hangUp(socket, `407 the run's secret is missing\r\nProxy-Authenticate: ${CHALLENGE}`);
      return;
    }
    const destination = parseAuthority(request.url ?? "");
    if (destination === undefined) {
      hangUp(socket, "400 a tunnel leads to host:port");
      return;
    }
    try {
      const verdict = this.#tolerate(destination, await this.#rules.judge(destination, "tunnel"));
      if (verdict.kind === "refused") throw verdict.error;
      const out = verdict.kind === "allowed" ? await this.#wayOut.tunnel(destination) : undefined;
      if (head.length > 0) socket.unshift(head);
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      if (out === undefined) this.#front(destination).takeOver(socket);
      else this.#join(socket, out);
    } catch (error) {
      const { error: refusal } = this.#note(destination, error);
      hangUp(socket, `403 ${reasonPhrase(`countermark: ${refusal.message}`)}`);
    }
  }

  #makeFronts(indexes: readonly ShownIndex[], authority: HostAuthority): ReadonlyMap<string, IndexFront> {
    const groups = Map.groupBy(indexes, ({ base }) => formatDestination(destinationOf(base)));
    return new Map(
      [...groups].map(([place, [first, ...more]]) => {
        if (first === undefined) throw new TypeError("a group has a first");
        const { host } = destinationOf(first.base);
        // One port speaks one scheme: an index that was pinned with the other one is not there.
        const same = more.filter(({ base }) => base.protocol === first.base.protocol);
        return [place, new IndexFront([first, ...same], () => authority.issue(host), this.#eventsOf(host))];
      }),
    );
  }

  #eventsOf(host: string): FrontEvents {
    return {
      distrusted: () => {
        this.warnings.add(host, distrusted(host));
      },
      wrongName: (name) => {
        this.warnings.add(host, wrongName(name, host));
      },
    };
  }

  #front(destination: Destination): IndexFront {
    const front = this.#fronts.get(formatDestination(destination));
    if (front === undefined) throw new TypeError("the rules know an index that has no front");
    return front;
  }

  #join(one: Duplex, other: Duplex): void {
    this.#tunnels.add(other);
    other.once("close", () => this.#tunnels.delete(other));
    for (const [from, to] of [[one, other] as const, [other, one] as const]) {
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.once("close", () => to.end());
    }
  }

  /** What is let through for no other reason than the user's switch is told like what is refused. */
  #tolerate(destination: Destination, verdict: Verdict): Verdict {
    if (verdict.kind !== "tolerated") return verdict;
    this.warnings.add(formatDestination(destination), verdict.error);
    return { kind: "allowed" };
  }

  #knows({ headers }: IncomingMessage): boolean {
    return hasCredentials(headers["proxy-authorization"], this.#secret);
  }

  #note(destination: Destination, error: unknown): { subject: string; error: ClientError } {
    if (!(error instanceof ClientError)) throw error;
    const subject = formatDestination(destination);
    this.warnings.add(subject, error);
    return { subject, error };
  }
}

/** Answers a request for a tunnel that is not opened. The connection ends: what follows on it was meant for the tunnel. */
function hangUp(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}

function endWith(request: IncomingMessage, response: ServerResponse, status: 400 | 403, reason: string): void {
  response.setHeader("connection", "close");
  sendText(request, response, status, `${reason}\n`);
}

function distrusted(host: string): ClientError {
  return new ClientError("GATE_DISTRUSTED", `${host}: a tool did not believe the gate's certificate`, {
    hint: "it takes authorities from a list of its own: point it to the file that SSL_CERT_FILE names inside the run",
  });
}

function wrongName(name: string, host: string): ClientError {
  return new ClientError("INDEX_BYPASSED", `${printable(name, 253)}: asked for in a connection to ${host}`, {
    hint: "the gate speaks for the trusted indexes alone, each in its own tunnels; which tool asks for another host there?",
  });
}
