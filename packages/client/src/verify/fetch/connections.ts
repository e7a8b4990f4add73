import type { Agent, IncomingHttpHeaders, request } from "node:http";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import type { SecureContext } from "node:tls";
import { destinationOf } from "../../network/destination.ts";
import { nodeHttp, nodeHttps } from "../../network/node-http.ts";
import { readProxies } from "../../network/proxies.ts";

/** Connections to one index. */
export const MAX_CONNECTIONS = 16;
export const CONNECT_TIMEOUT_MS = 10_000;

/** What came back; nothing of it is believed, and the body is the receiver's to read or to destroy. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
}

/** How answers are had. Follows no redirect and decodes nothing. */
export interface Connections {
  /** The answer to a GET once its head is in. */
  get(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Answer>;
  /** Ends all connections, whatever is on its way. */
  close(): Promise<void>;
}

/**
 * Connections to the host of `base`, kept between requests: by Node's own HTTP, which is there when a command starts; what
 * goes through a company's proxy, by the library that knows more of these.
 * @param trust who vouches for servers on https; this machine's authorities if left out
 * @throws ClientError `USAGE`, `CONFIG_INVALID`
 */
export async function connect(
  base: URL,
  env: NodeJS.ProcessEnv,
  trust: (() => SecureContext) | undefined,
): Promise<Connections> {
  const secure = base.protocol === "https:";
  if (readProxies(env)(secure ? "https" : "http", destinationOf(base)) !== undefined) {
    const { ProxiedConnections } = await import("./proxied-connections.ts");
    return new ProxiedConnections(base, env, trust);
  }
  if (!secure) return new DirectConnections(nodeHttp());
  const { verifyingContext } = await import("../../network/trust-anchors.ts");
  return new DirectConnections(nodeHttps(), trust?.() ?? verifyingContext(undefined, env));
}

class DirectConnections implements Connections {
  readonly #agent: Agent;
  readonly #request: typeof request;
  readonly #closing = new AbortController();

  constructor(http: { Agent: typeof Agent; request: typeof request }, secureContext?: SecureContext) {
    const verifying = secureContext === undefined ? {} : { secureContext };
    this.#agent = new http.Agent({ keepAlive: true, maxSockets: MAX_CONNECTIONS, ...verifying });
    this.#request = http.request;
  }

  async get(url: URL, headers: Readonly<Record<string, string>>, deadline: AbortSignal): Promise<Answer> {
    const signal = AbortSignal.any([deadline, this.#closing.signal]);
    for (;;) {
      const asked = this.#request(url, { agent: this.#agent, headers, signal });
      try {
        return await new Promise<Answer>((resolve, reject) => {
          asked.once("socket", boundConnecting).once("response", (body) => {
            resolve({ status: body.statusCode ?? 0, headers: body.headers, body });
          });
          // An error behind the answer is its body's to tell; here it must only not be left without a listener.
          asked.on("error", reject).once("close", () => {
            reject(new Error("the connection was closed"));
          });
          asked.end();
        });
      } catch (error) {
        // A kept connection may have been closed by the other side just then: that says nothing of the index.
        if (!(asked.reusedSocket && isReset(error) && !signal.aborted)) throw error;
      }
    }
  }

  close(): Promise<void> {
    this.#closing.abort();
    this.#agent.destroy();
    return Promise.resolve();
  }
}

function boundConnecting(socket: Socket): void {
  if (!socket.connecting) return;
  const timer = setTimeout(() => {
    socket.destroy(new Error(`no connection within ${CONNECT_TIMEOUT_MS / 1000} s`));
  }, CONNECT_TIMEOUT_MS);
  const stop = () => {
    clearTimeout(timer);
  };
  socket.once("connect", stop).once("close", stop);
}

function isReset(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ECONNRESET";
}
