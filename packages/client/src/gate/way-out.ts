import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { connect, isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { SecureContext } from "node:tls";
import { nodeHttp, nodeHttps } from "../network/node-http.ts";
import { proxyAuthorization, type ChooseProxy } from "../network/proxies.ts";
import { ClientError, systemCode } from "../errors.ts";
import { destinationOf, formatDestination, type Destination } from "../network/destination.ts";

const CONNECT_TIMEOUT_MS = 10_000;
const BAD_GATEWAY = "the company's proxy would not let it through";

/** How allowed hosts are reached: directly, or through the company's proxy that the caller's environment names. */
export class WayOut {
  readonly #proxies: ChooseProxy;
  readonly #trust: () => SecureContext;

  /** @param trust who vouches for a proxy that is itself spoken to in TLS */
  constructor(proxies: ChooseProxy, trust: () => SecureContext) {
    this.#proxies = proxies;
    this.#trust = trust;
  }

  /**
   * A connection to a host, for TLS that its two ends speak with each other.
   * @throws ClientError `HOST_UNREACHABLE`
   */
  async tunnel(destination: Destination): Promise<Duplex> {
    const proxy = this.#proxies("https", destination);
    try {
      return await (proxy === undefined ? connectTo(destination) : this.#connectThrough(proxy, destination));
    } catch (cause) {
      throw unreachable(destination, cause);
    }
  }

  /** A plain request to a host; the caller sends its body. */
  request(url: URL, destination: Destination, options: Pick<RequestOptions, "method" | "headers">): ClientRequest {
    const proxy = this.#proxies("http", destination);
    if (proxy === undefined)
      return nodeHttp().request({
        ...options,
        host: destination.host,
        port: destination.port,
        path: url.pathname + url.search,
      });
    return this.#askProxy(proxy, { ...options, path: url.href });
  }

  async #connectThrough(proxy: URL, destination: Destination): Promise<Duplex> {
    const path = formatDestination(destination);
    const request = this.#askProxy(proxy, { method: "CONNECT", path, headers: { host: path } });
    return await new Promise((resolve, reject) => {
      request.once("connect", (answer: IncomingMessage, socket: Socket, head: Buffer) => {
        if (head.length > 0) socket.unshift(head);
        if (answer.statusCode === 200) resolve(socket);
        else reject(new Error(`${BAD_GATEWAY} (${answer.statusCode ?? 0})`, { cause: socket.destroy() }));
      });
      request.once("response", () => {
        reject(new Error(BAD_GATEWAY));
        request.destroy();
      });
      request.once("error", reject);
      request.end();
    });
  }

  #askProxy(proxy: URL, options: RequestOptions): ClientRequest {
    const { host, port } = destinationOf(proxy);
    const authorization = proxyAuthorization(proxy);
    const headers = {
      ...(options.headers as Record<string, string>),
      ...(authorization !== undefined && { "proxy-authorization": authorization }),
    };
    const common = { ...options, host, port, headers, timeout: CONNECT_TIMEOUT_MS, agent: false };
    if (proxy.protocol === "http:") return nodeHttp().request(common);
    const verifying = { secureContext: this.#trust(), ...(isIP(host) === 0 && { servername: host }) };
    return nodeHttps().request({ ...common, ...verifying });
  }
}

async function connectTo({ host, port }: Destination): Promise<Socket> {
  const socket = connect({ host, port });
  socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy(new Error("no answer in time")));
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve).once("error", reject);
  });
  return socket.setTimeout(0);
}

export function unreachable(destination: Destination, cause: unknown): ClientError {
  const why = systemCode(cause) ?? (cause instanceof Error ? cause.message : "failed");
  return new ClientError("HOST_UNREACHABLE", `cannot reach ${formatDestination(destination)}: ${why}`, {
    hint: "the host is allowed; is it there, and is the company's proxy right (HTTPS_PROXY, HTTP_PROXY)?",
    cause,
  });
}
