import type { IncomingMessage, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";

/** What a server does with a request. */
export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const CHUNK = Buffer.alloc(64 * 1024, 0x20);

/** The file, with whatever headers. */
export function whole(bytes: Uint8Array, headers: Readonly<Record<string, string | number>> = {}): Answer {
  return (response) => response.writeHead(200, { "content-length": bytes.length, ...headers }).end(bytes);
}

export function status(code: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return (response) => response.writeHead(code, headers).end();
}

/** White space without end (TUF 1.5.2, endless data). */
export function endless(start: Uint8Array = new Uint8Array()): Answer {
  return (response) => {
    response.writeHead(200);
    response.write(start);
    const more = () => {
      while (!response.destroyed && response.write(CHUNK));
    };
    response.on("drain", more).on("error", () => undefined);
    more();
  };
}

/** The file, a byte at a time (TUF 1.5.2, slow retrieval). */
export function drip(bytes: Uint8Array, everyMs: number): Answer {
  return (response) => {
    response.writeHead(200, { "content-length": bytes.length });
    let at = 0;
    const timer = setInterval(() => {
      if (at < bytes.length) response.write(bytes.subarray(at, ++at));
      else response.end();
    }, everyMs);
    response.on("close", () => {
      clearInterval(timer);
    });
  };
}

/** Nothing, for ever. */
export const silence: Answer = () => undefined;

/** The first part of the file under the length of the whole, then a cut connection. */
export function cutOff(bytes: Uint8Array, after: number): Answer {
  return (response) => {
    response.writeHead(200, { "content-length": bytes.length });
    response.write(bytes.subarray(0, after), () => response.destroy());
  };
}

/** The file under another length than its own: what is too long is cut, what is too short is cut off. */
export function lyingLength(bytes: Uint8Array, announced: number): Answer {
  return (response) => {
    response.strictContentLength = false;
    response.writeHead(200, { "content-length": announced });
    response.write(bytes, () => response.destroy());
  };
}

/** The file, compressed. */
export function gzipped(bytes: Uint8Array): Answer {
  return whole(gzipSync(bytes), { "content-encoding": "gzip" });
}

/** The file with spaces behind it that take a thousandth of their room on the way: JSON allows them. */
export function gzipBomb(bytes: Uint8Array, size: number): Answer {
  return gzipped(Buffer.concat([bytes, Buffer.alloc(size, 0x20)]));
}

export function redirect(location: string, code = 302): Answer {
  return status(code, { location });
}
