import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { Destination } from "../network/destination.ts";
import { reasonPhrase } from "../printable.ts";
import { unreachable, type WayOut } from "./way-out.ts";

/** What concerns one connection alone, or us, and is never passed on (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set([
  ...["connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"],
  ...["proxy-connection", "proxy-authorization", "proxy-authenticate"],
]);

/**
 * Passes a plain request on to an allowed host, and its answer back. Both are made anew from what was parsed, so that no
 * second request hides in them.
 * @throws ClientError `HOST_UNREACHABLE` before anything was answered
 */
export async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  { wayOut, url, destination }: { wayOut: WayOut; url: URL; destination: Destination },
): Promise<void> {
  const headers = { ...passedOn(request.headers), host: url.host, connection: "close" };
  const sent = wayOut.request(url, destination, { ...(request.method && { method: request.method }), headers });
  response.once("close", () => sent.destroy());
  try {
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      sent.once("response", resolve).once("error", reject);
    });
    const [answer] = await Promise.all([
      answered,
      pipeline(request, sent).catch((error: unknown) => sent.destroyed || Promise.reject(error as Error)),
    ]);
    const { statusCode = 502, statusMessage = "" } = answer;
    response.writeHead(statusCode, reasonPhrase(statusMessage), passedOn(answer.headers));
    await pipeline(answer, response);
  } catch (cause) {
    if (!response.headersSent) throw unreachable(destination, cause);
    response.destroy();
  }
}

function passedOn(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const named = new Set((headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase()));
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name) && !named.has(name)));
}
