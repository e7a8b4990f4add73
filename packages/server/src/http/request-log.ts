import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import { ServerError } from "../errors.ts";
import type { TrustedProxies } from "./forwarded.ts";
import { refusalCode } from "./refusal-codes.ts";
import { requestId, takeRequestId } from "./request-id.ts";

/** Longest path that is logged. */
const MAX_PATH = 300;

export interface RequestLogOptions {
  readonly log: Logger;
  readonly proxies: TrustedProxies;
  /** Every answer, not only failures. */
  readonly all: boolean;
  /** Status, whether it was an upload, and the code of a refusal. */
  readonly count: (status: number, upload: boolean, code: string | undefined) => void;
}

/**
 * One line for each answer that failed, and for all of them where that was asked for. Headers, bodies and what follows
 * a question mark are never written: tokens and passphrases travel there.
 */
export class RequestLog {
  readonly #options: RequestLogOptions;

  constructor(options: RequestLogOptions) {
    this.#options = options;
  }

  /** Starts one request; what it returns is called at its end. */
  readonly begin = (incoming: IncomingMessage): ((outgoing: ServerResponse) => void) => {
    const { all, count, proxies } = this.#options;
    takeRequestId(incoming, proxies);
    const started = all ? performance.now() : 0;
    return (outgoing) => {
      count(outgoing.statusCode, incoming.method === "POST" && isUpload(incoming), refusalCode(incoming));
      if (all) this.#tell(incoming, outgoing, started);
    };
  };

  /** What kept a request from being answered. */
  readonly failed = (error: unknown, incoming: IncomingMessage): void => {
    const { log, proxies } = this.#options;
    const code = error instanceof ServerError ? error.code : undefined;
    const about = { id: requestId(incoming), client: proxies.clientOf(incoming), path: pathOf(incoming) };
    log.error({ ...about, code, err: error }, "failed to answer");
  };

  #tell(incoming: IncomingMessage, outgoing: ServerResponse, started: number): void {
    const { log, proxies } = this.#options;
    const ms = Math.round((performance.now() - started) * 100) / 100;
    const about = { id: requestId(incoming), client: proxies.clientOf(incoming), method: incoming.method };
    const cut = outgoing.writableFinished ? undefined : true;
    log.info({ ...about, path: pathOf(incoming), status: outgoing.statusCode, ms, cut }, "answered");
  }
}

/** Where upload tools post to. */
function isUpload({ url = "" }: IncomingMessage): boolean {
  return /^\/legacy\/?(?:$|\?)/.test(url);
}

/** The path alone, cut to a bearable length. */
function pathOf({ url = "" }: IncomingMessage): string {
  const path = url.split("?", 1)[0] ?? "";
  return path.slice(0, MAX_PATH);
}
