import type { IncomingMessage } from "node:http";
import type { OutgoingHttpHeaders } from "node:http";
import { ServerError } from "../errors.ts";
import type { Call } from "../http/door.ts";
import type { MemoryShare } from "../http/memory-budget.ts";
import { Pace } from "../http/pace.ts";
import { reply } from "../http/reply.ts";

/** A whole body of at most `maxBytes`, held in `memory`. Throws what {@link limited} throws, and `UPLOAD_BUSY`. */
export async function readBody(call: Call, maxBytes: number, memory?: MemoryShare): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of limited(call.env.incoming, maxBytes)) {
    memory?.take(chunk.byteLength);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * A body as it comes in. Throws `TOO_LARGE` once it is longer than `maxBytes`, or announces to be, `UPLOAD_SLOW`, `UPLOAD_CUT`. A
 * body that is not read to its end is left as it is, so that the refusal can still be answered.
 */
export async function* limited(incoming: IncomingMessage, maxBytes: number): AsyncIterable<Uint8Array> {
  if (Number(incoming.headers["content-length"] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const slow = Promise.withResolvers<never>();
  slow.promise.catch(() => undefined);
  const pace = new Pace(slow.reject);
  const chunks = incoming.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array>;
  let length = 0;
  try {
    for (;;) {
      const next = await Promise.race([chunks.next().catch(cut), slow.promise]);
      if (next.done === true) return;
      pace.progress(next.value.byteLength);
      length += next.value.byteLength;
      if (length > maxBytes) throw tooLarge(maxBytes);
      yield next.value;
    }
  } finally {
    pace.end();
  }
}

function cut(cause: unknown): never {
  throw new ServerError("UPLOAD_CUT", "the client went away in the middle", { cause });
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
