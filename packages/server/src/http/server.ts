import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import type { Duplex } from "node:stream";
import { getRequestListener, RequestError } from "@hono/node-server";
import { bind, type Place } from "./bind.ts";
import type { Door } from "./door.ts";
import { answerNoRequest, MALFORMED, textOf } from "./no-request.ts";
import { readTlsFiles, TLS_SETTINGS, type TlsFiles } from "./tls.ts";

/** Time for a client to send its request's headers. */
const HEADERS_TIMEOUT_MS = 10_000;
/** Time for the whole request: uploads have stricter limits of their own, but need some time over a slow line. */
const REQUEST_TIMEOUT_MS = 16 * 60_000;
/** How often connections that are too slow are looked for. */
const CHECK_EVERY_MS = 5_000;
/** Idle connections stay a little longer than the minute after which common proxies drop theirs. */
const KEEP_ALIVE_MS = 65_000;
/** A connection on which nothing moves, such as a download that nobody reads. */
const STALLED_MS = 120_000;
const MAX_HEADER_BYTES = 16 * 1024;
/** How long a stop waits for answers that are on their way. */
const STOP_PATIENCE_MS = 10_000;

export interface Listening {
  readonly place: Place;
  /** Reads certificate and key anew; connections that stand keep the old ones. Throws and changes nothing on failure. */
  reload(): void;
  /** Takes no new connection, lets answers end, then cuts what is left. */
  stop(): Promise<void>;
}

export interface ServerPorts {
  readonly app: Door;
  /** Something to wait for before a request is answered, if there is something. */
  readonly gate: () => Promise<unknown> | undefined;
  /** Told of every request before it is answered; what it returns is called when the answer is out or cut. */
  readonly onRequest: (incoming: IncomingMessage) => ((outgoing: ServerResponse) => void) | undefined;
  readonly onError: (error: unknown) => void;
  /** Told of a connection that ended because no request could be read on it. */
  readonly onNoRequest: (status: number, code: string) => void;
}

/**
 * Listens.
 * @throws ServerError `PORT_IN_USE`, `BAD_ADDRESS`, `NO_PERMISSION`, `TLS_FILES`
 */
export async function listen(ports: ServerPorts, place: Place, tls?: TlsFiles): Promise<Listening> {
  const limits = {
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: CHECK_EVERY_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
  };
  const answers: Answers = new WeakMap();
  const server =
    tls === undefined
      ? createServer(limits, gated(ports, answers))
      : createTlsServer({ ...limits, ...TLS_SETTINGS, ...readTlsFiles(tls) }, gated(ports, answers));
  server.setTimeout(STALLED_MS);
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    const answered = answerNoRequest(error, socket, answers.get(socket));
    if (answered !== undefined) ports.onNoRequest(answered.status, answered.code);
  });
  const bound = await bind(server, place);
  const reload = (): void => {
    if (tls !== undefined) (server as TlsServer).setSecureContext({ ...TLS_SETTINGS, ...readTlsFiles(tls) });
  };
  return { place: bound, reload, stop: () => stop(server) };
}

/** The answer to an address that can be no address. */
const MALFORMED_HEAD = {
  status: MALFORMED.status,
  headers: { connection: "close", "content-type": "text/plain; charset=utf-8" },
};

/** The latest answer on each connection. */
type Answers = WeakMap<Duplex, ServerResponse>;

function gated({ app, gate, onRequest, onError }: ServerPorts, answers: Answers) {
  const answer = getRequestListener(app.fetch, {
    overrideGlobalObjects: false,
    errorHandler: (error) => {
      if (error instanceof RequestError) return new Response(textOf(MALFORMED), MALFORMED_HEAD);
      onError(error);
      return new Response("The index failed; its log says why.\n", { status: 500 });
    },
  });
  return (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    answers.set(incoming.socket, outgoing);
    const onEnd = onRequest(incoming);
    if (onEnd !== undefined) {
      outgoing.once("close", () => {
        onEnd(outgoing);
      });
    }
    const wait = open(gate, onError);
    if (wait === undefined) void answer(incoming, outgoing);
    else void wait.then(() => answer(incoming, outgoing));
  };
}

/** A gate that fails is told of and passed: what is known already is answered. */
function open(gate: ServerPorts["gate"], onError: ServerPorts["onError"]): Promise<unknown> | undefined {
  try {
    return gate()?.catch(onError);
  } catch (error) {
    onError(error);
    return undefined;
  }
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => {
      server.closeAllConnections();
    }, STOP_PATIENCE_MS);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
