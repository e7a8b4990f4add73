import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Scope } from "../scope.ts";

/** A request as it reaches the mirror. */
export interface Request {
  /** Path and query. */
  readonly path: string;
  readonly accept: string;
}

/** What the mirror answers. A stream may be endless. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer | Readable;
}

/** Asks the index behind the mirror. */
export type Upstream = (request: Request) => Promise<Answer & { readonly body: Buffer }>;

/** How a mirror betrays its users: it answers in the index's place, with or without asking it. */
export type Attack = (request: Request, upstream: Upstream) => Promise<Answer>;

/** A mirror of an index: honest until it is given an attack. */
export interface Mirror {
  /** Without a slash at its end. */
  readonly url: string;
  /** Every path that was asked for. */
  readonly asked: readonly string[];
  attackWith(attack: Attack): void;
}

/** How a mirror on https shows itself: its host name, which must lead to loopback, and PEM. */
export interface TlsIdentity {
  readonly host: string;
  readonly key: string;
  readonly certificate: string;
}

/** Starts a mirror on a free loopback port, or on the given one; on https if it is given an identity. */
export async function startMirror(scope: Scope, index: string, port = 0, tls?: TlsIdentity): Promise<Mirror> {
  const upstream = upstreamOf(index);
  const asked: string[] = [];
  let attack: Attack = honest;
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    asked.push(request.url ?? "");
    void answer(request, response, () => attack(read(request), upstream));
  };
  const server =
    tls === undefined ? createServer(listener) : createTlsServer({ key: tls.key, cert: tls.certificate }, listener);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  scope.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const at = (server.address() as AddressInfo).port;
  const url = tls === undefined ? `http://127.0.0.1:${at}` : `https://${tls.host}:${at}`;
  return {
    url,
    asked,
    attackWith: (other) => {
      attack = other;
    },
  };
}

/** Passes everything on. */
export const honest: Attack = (request, upstream) => upstream(request);

function read(request: IncomingMessage): Request {
  return { path: request.url ?? "/", accept: request.headers.accept ?? "*/*" };
}

function upstreamOf(index: string): Upstream {
  return async ({ path, accept }) => {
    const response = await fetch(index + path, {
      headers: { accept, "accept-encoding": "identity" },
      redirect: "manual",
    });
    const body = Buffer.from(await response.arrayBuffer());
    return { status: response.status, type: response.headers.get("content-type") ?? "", body };
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, make: () => Promise<Answer>): Promise<void> {
  try {
    const { status, type, body } = await make();
    response.writeHead(status, { ...(type !== "" && { "content-type": type }), "cache-control": "no-cache" });
    if (request.method === "HEAD") response.end();
    else await pipeline(body instanceof Readable ? body : Readable.from([body]), response);
  } catch {
    // The client went away, or the index is gone: a mirror says no more than that.
    if (response.headersSent) response.destroy();
    else response.writeHead(502).end();
  }
}
