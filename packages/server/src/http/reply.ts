import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { withPrivacy } from "./privacy.ts";
import { acceptsGzip, matchesEtag } from "./conditions.ts";
import type { Call } from "./door.ts";
import type { Entity } from "./entity.ts";
import { requestId } from "./request-id.ts";

/** Request headers, as Node has parsed them. */
export function headersOf(call: Call): IncomingMessage["headers"] {
  return call.env.incoming.headers;
}

/** An answer as a whole. `reason` is the reason phrase, the one channel that most installers show to people. */
export function reply(
  call: Call,
  status: number,
  headers: OutgoingHttpHeaders,
  body?: Uint8Array | string,
  reason?: string,
): Response {
  begin(call, status, headers, reason);
  call.env.outgoing.end(body);
  return RESPONSE_ALREADY_SENT;
}

/** The same, sent as a whole, on a connection that stays until somebody ends the answer. */
export function replyOpen(
  call: Call,
  status: number,
  headers: OutgoingHttpHeaders,
  body: Uint8Array,
  reason: string,
): Response {
  begin(call, status, headers, reason);
  call.env.outgoing.write(body);
  return RESPONSE_ALREADY_SENT;
}

function begin({ env }: Call, status: number, headers: OutgoingHttpHeaders, reason: string | undefined): void {
  const { incoming, outgoing } = env;
  if (reason !== undefined) outgoing.statusMessage = reasonPhrase(reason);
  const said = withPrivacy(incoming, headers);
  outgoing.writeHead(status, status < 400 ? said : { ...said, "x-request-id": requestId(incoming) });
}

/** Longest reason phrase. */
const MAX_REASON = 200;

/** One line of printable ASCII, as a status line can carry it. */
export function reasonPhrase(text: string): string {
  return text
    .replace(/[^\x20-\x7e]+/g, " ")
    .trim()
    .slice(0, MAX_REASON);
}

/** A short answer for people. */
export function replyText(
  call: Call,
  status: number,
  text: string,
  headers: OutgoingHttpHeaders = {},
  reason?: string,
): Response {
  const body = Buffer.from(`${text}\n`);
  const about = { "content-type": "text/plain; charset=utf-8", "content-length": body.byteLength };
  return reply(call, status, { ...about, "x-content-type-options": "nosniff", ...headers }, body, reason);
}

/** What is not there. Never kept by caches: it may be there in a second. */
export function notFound(call: Call): Response {
  return replyText(call, 404, "There is nothing here.", { "cache-control": "no-store" });
}

/** To another address, given relative to the one that was asked for, so that it holds behind any proxy; with its query. */
export function redirect(call: Call, to: string): Response {
  const { url = "" } = call.env.incoming;
  const query = url.indexOf("?");
  const location = query === -1 ? to : to + url.slice(query);
  return replyText(call, 301, `See ${location}`, { location, "cache-control": "public, max-age=300" });
}

/** A document in the form that the client takes, or 304 when it has it. */
export function replyEntity(call: Call, entity: Entity): Response {
  const headers = headersOf(call);
  const chosen = entity.gzip !== undefined && acceptsGzip(headers["accept-encoding"]) ? entity.gzip : entity.plain;
  if (!matchesEtag(headers["if-none-match"], chosen.etag)) return reply(call, 200, chosen.headers, chosen.bytes);
  const { "content-length": _length, "content-type": _type, "content-encoding": _encoding, ...kept } = chosen.headers;
  return reply(call, 304, kept);
}

/**
 * An answer whose body comes in chunks; the next is asked for when the system has the one before, so that a client which
 * does not read costs one chunk. A client that goes away ends the reading as well. What fails before the first chunk
 * is thrown while there is still something better to answer.
 */
export async function replyStream(
  call: Call,
  status: number,
  headers: OutgoingHttpHeaders,
  body: AsyncIterable<Uint8Array>,
): Promise<Response> {
  const { incoming, outgoing } = call.env;
  const said = withPrivacy(incoming, headers);
  for await (const chunk of body) {
    if (!outgoing.headersSent) outgoing.writeHead(status, said);
    if (!(await isSent(outgoing, chunk))) return RESPONSE_ALREADY_SENT;
  }
  if (!outgoing.headersSent) outgoing.writeHead(status, said);
  outgoing.end();
  return RESPONSE_ALREADY_SENT;
}

/** Resolves when the system has the chunk, so that its memory is free again; false when the client has gone. */
function isSent(outgoing: ServerResponse, chunk: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    const onClose = (): void => {
      resolve(false);
    };
    outgoing.once("close", onClose);
    if (outgoing.closed || outgoing.destroyed) onClose();
    else {
      outgoing.write(chunk, (error) => {
        outgoing.removeListener("close", onClose);
        resolve(error === undefined || error === null);
      });
    }
  });
}
