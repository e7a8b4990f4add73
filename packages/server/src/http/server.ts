import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { ServerError } from "../errors.ts";
import type { Door } from "./door.ts";

/** Time for a client to send its request's headers, and the whole request. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;
/** Idle connections stay a little longer than the minute after which common proxies drop theirs. */
const KEEP_ALIVE_MS = 65_000;
/** A connection on which nothing moves, such as a download that nobody reads. */
const STALLED_MS = 120_000;
const MAX_HEADER_BYTES = 16 * 1024;
/** How long a stop waits for answers that are on their way. */
const STOP_PATIENCE_MS = 10_000;

export interface Listening {
  readonly host: string;
  /** The real one, also where 0 was asked for. */
  readonly port: number;
  /** Takes no new connection, lets answers end, then cuts what is left. */
  stop(): Promise<void>;
}

export interface ServerPorts {
  readonly app: Door;
  /** Something to wait for before a request is answered, if there is something. */
  readonly gate: () => Promise<unknown> | undefined;
  readonly onAnswer: (status: number) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Listens.
 * @throws ServerError `PORT_IN_USE`, `BAD_ADDRESS`, `NO_PERMISSION`
 */
export async function listen(ports: ServerPorts, host: string, port: number): Promise<Listening> {
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    gated(ports),
  );
  server.setTimeout(STALLED_MS);
  await bind(server, host, port);
  const address = server.address() as AddressInfo;
  return { host: address.address, port: address.port, stop: () => stop(server) };
}

function gated({ app, gate, onAnswer, onError }: ServerPorts) {
  const answer = getRequestListener(app.fetch, {
    overrideGlobalObjects: false,
  });
  return (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    outgoing.once("finish", () => {
      onAnswer(outgoing.statusCode);
    });
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

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(bindError(error, host, port));
    });
    server.listen({ host, port }, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
}

function bindError(error: NodeJS.ErrnoException, host: string, port: number): ServerError {
  const cause = { cause: error };
  switch (error.code) {
    case "EADDRINUSE":
      return new ServerError("PORT_IN_USE", `port ${port} of ${host} is in use by another process`, {
        hint: "choose another one with --port, or --port 0 for any free one",
        ...cause,
      });
    case "EACCES":
      return new ServerError("NO_PERMISSION", `this user may not listen on port ${port}`, {
        hint: "ports below 1024 belong to the system: choose a higher one and put a proxy before it",
        ...cause,
      });
    default:
      return new ServerError("BAD_ADDRESS", `cannot listen on ${host} port ${port}: ${error.message}`, {
        hint: "name an address of this machine, such as 127.0.0.1 or 0.0.0.0",
        ...cause,
      });
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
