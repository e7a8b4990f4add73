import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { messageAbout } from "../errors.ts";
import { reasonPhrase } from "../printable.ts";
import type { OpenContent } from "../verify/cache/content-cache.ts";
import type { RenderedPage } from "./project-page.ts";
import type { Refusal } from "./refusals.ts";

/** A file with its digest in its page never changes: a year is what caches take as for ever. */
const IMMUTABLE = "max-age=31536000, immutable";
/** A page must be asked for each time, or what was withdrawn could be installed until its copy is too old. */
const REVALIDATE = "no-cache";
/** Bytes of a long file that are read and sent at a time. */
const FILE_CHUNK = 512 * 1024;

/** Sends a page, or 304 when the installer has it. */
export function sendPage(request: IncomingMessage, response: ServerResponse, page: RenderedPage): void {
  response.setHeader("cache-control", REVALIDATE);
  response.setHeader("etag", page.etag);
  response.setHeader("vary", "accept");
  if (hasCopy(request.headers["if-none-match"], page.etag)) return void response.writeHead(304).end();
  sendWhole(request, response, Buffer.from(page.body), page.type);
}

/** Sends a few verified bytes that never change. */
export function sendImmutable(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array): void {
  response.setHeader("cache-control", IMMUTABLE);
  sendWhole(request, response, bytes, "application/octet-stream");
}

/** Sends a verified file, never compressed, and closes it. */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  content: OpenContent,
): Promise<void> {
  try {
    response.writeHead(200, {
      "content-type": "application/octet-stream",
      "content-length": content.length,
      "cache-control": IMMUTABLE,
    });
    if (request.method === "HEAD" || content.length === 0) return void response.end();
    if (content.bytes !== undefined) return void response.end(content.bytes);
    const range = { start: 0, end: content.length - 1, highWaterMark: FILE_CHUNK };
    await pipeline(content.handle.createReadStream({ ...range, autoClose: false }), response);
  } catch {
    // An installer that hangs up in the middle has what it wants; headers are out, so nobody else can be told.
    response.destroy();
  } finally {
    await content.handle.close();
  }
}

/**
 * Says no, with the reason where installers show it: the reason phrase, and the body for people.
 * @param status 422 for what is downloaded: 401, 403 and 404 make uv look elsewhere, 503 makes pip and poetry wait for
 *   minutes, and a cut connection makes every installer try again and shows no reason
 */
export function sendRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  { subject, error }: Refusal,
  status: 400 | 403 | 422,
): void {
  const hint = error.hint === undefined ? "" : `\n\nhint: ${error.hint}`;
  response.statusMessage = reasonPhrase(`countermark: ${messageAbout(subject, error)}`);
  sendText(request, response, status, `error[${error.code}]: ${messageAbout(subject, error)}${hint}\n`);
}

/** Sends a line of text that no cache keeps. */
export function sendText(request: IncomingMessage, response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader("cache-control", "no-store");
  sendWhole(request, response, Buffer.from(text), "text/plain; charset=utf-8");
}

function sendWhole(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array, type: string): void {
  response.setHeader("content-type", type);
  response.setHeader("content-length", bytes.length);
  response.end(request.method === "HEAD" ? undefined : bytes);
}

/** RFC 9110, 13.1.2: any of the listed tags, weak or not. */
function hasCopy(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = ifNoneMatch.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes(etag) || tags.includes("*");
}
