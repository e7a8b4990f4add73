import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { ServerErrorCode } from "../errors.ts";

/** What a client sent that never became a request. */
export interface NoRequest {
  readonly status: 400 | 408 | 413 | 431;
  readonly reason: string;
  readonly code: ServerErrorCode;
  readonly message: string;
}

/** What is no request by the rules of HTTP. */
export const MALFORMED: NoRequest = {
  ...{ status: 400, reason: "Bad Request", code: "REQUEST_MALFORMED" },
  message: "this is no request that can be read in one way only",
};
const OTHERS: Readonly<Record<string, NoRequest>> = {
  HPE_HEADER_OVERFLOW: {
    ...{ status: 431, reason: "Request Header Fields Too Large", code: "REQUEST_HEADERS" },
    message: "the headers are longer than this index takes",
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    ...{ status: 413, reason: "Payload Too Large", code: "REQUEST_HEADERS" },
    message: "the extensions of a chunk are longer than this index takes",
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    ...{ status: 408, reason: "Request Timeout", code: "REQUEST_SLOW" },
    message: "no whole request came in time",
  },
};

/**
 * Ends a connection on which no request could be read: with a code, unless an answer is on its way already, for what is
 * written into the middle of one would be taken for a part of it. Returns what was answered.
 */
export function answerNoRequest(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  answer: ServerResponse | undefined,
): NoRequest | undefined {
  const isAnswering = answer?.headersSent === true && !answer.writableFinished;
  if (!socket.writable || error.code === "ECONNRESET" || isAnswering) {
    socket.destroy();
    return undefined;
  }
  const refusal = OTHERS[error.code ?? ""] ?? MALFORMED;
  const body = textOf(refusal);
  const head = [
    `HTTP/1.1 ${refusal.status} ${refusal.reason}`,
    "Connection: close",
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => {
    socket.destroy();
  });
  return refusal;
}

/** What such a client reads. */
export function textOf({ code, message }: NoRequest): string {
  return `error[${code}]: ${message}\n`;
}
