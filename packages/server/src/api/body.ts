import type { IncomingMessage } from "node:http";
import type { OutgoingHttpHeaders } from "node:http";
import { ServerError } from "../errors.ts";
import type { Call } from "../http/door.ts";
import { reply } from "../http/reply.ts";

/** A whole body of at most `maxBytes`. Throws `TOO_LARGE`. */
export async function readBody(call: Call, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of limited(call.env.incoming, maxBytes)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A body as it comes in. Throws `TOO_LARGE` once it is longer than `maxBytes`, or announces to be. */
export async function* limited(incoming: IncomingMessage, maxBytes: number): AsyncIterable<Uint8Array> {
  if (Number(incoming.headers["content-length"] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Uint8Array>) {
    length += chunk.byteLength;
    if (length > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}

function tooLarge(maxBytes: number): ServerError {
  return new ServerError("TOO_LARGE", `the body is longer than ${maxBytes} bytes`);
}

/** A JSON answer, kept by nobody: it may hold a secret. */
export function replyJson(call: Call, status: number, body: Uint8Array): Response {
  const headers: OutgoingHttpHeaders = { "content-type": "application/json", "cache-control": "no-store" };
  return reply(call, status, { ...headers, "content-length": body.byteLength }, body);
}

/** An answer without a body. */
export function replyNothing(call: Call): Response {
  return reply(call, 204, { "cache-control": "no-store" });
}
