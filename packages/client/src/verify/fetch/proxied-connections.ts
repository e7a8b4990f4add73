import type { SecureContext } from "node:tls";
import { request, type Dispatcher } from "undici";
import type { Answer, Connections } from "./connections.ts";
import { makeDispatcher } from "./dispatcher.ts";

/** Connections through the proxy that the environment names. */
export class ProxiedConnections implements Connections {
  readonly #dispatcher: Dispatcher;

  constructor(base: URL, env: NodeJS.ProcessEnv, trust?: () => SecureContext) {
    this.#dispatcher = makeDispatcher(base, env, trust);
  }

  async get(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Answer> {
    // The signal bounds the whole: what the library bounds by itself would end a slow download.
    const unbounded = { headersTimeout: 0, bodyTimeout: 0 };
    const answer = await request(url, { dispatcher: this.#dispatcher, headers, signal, ...unbounded });
    return { status: answer.statusCode, headers: answer.headers, body: answer.body };
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }
}
