import { connect } from "node:net";

/** What a load did. */
export interface Load {
  readonly perSecond: number;
  readonly megabytesPerSecond: number;
  /** Milliseconds within which 99 of 100 answers came. */
  readonly p99: number;
  /** Answers other than 200. A figure with any is no figure. */
  readonly wrong: number;
  readonly count: number;
}

const HEAD_END = Buffer.from("\r\n\r\n");
const LAST_CHUNK = Buffer.from("0\r\n\r\n");

/**
 * Asks for one address again and again over connections that stay open where the server lets them, the next question as
 * soon as the answer is there. It looks at status and length only, so that the asking costs little beside the answering.
 */
export async function load(url: URL, seconds: number, connections: number, accept: string): Promise<Load> {
  const request = `GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nAccept: ${accept}\r\nAccept-Encoding: identity\r\n\r\n`;
  const gathered: Gathered = { times: [], wrong: 0, bytes: 0 };
  const { times } = gathered;
  const started = performance.now();
  const end = started + seconds * 1000;
  await Promise.all(Array.from({ length: connections }, () => keepAsking(url, request, end, gathered)));
  const elapsed = (performance.now() - started) / 1000;
  times.sort((a, b) => a - b);
  return {
    perSecond: times.length / elapsed,
    megabytesPerSecond: gathered.bytes / elapsed / 1e6,
    p99: times[Math.floor(times.length * 0.99)] ?? NaN,
    wrong: gathered.wrong,
    count: times.length,
  };
}

/** What one load has gathered so far. */
interface Gathered {
  /** Milliseconds of each answer. */
  readonly times: number[];
  wrong: number;
  bytes: number;
}

/** Opens a connection as often as the server closes it. */
async function keepAsking(url: URL, request: string, end: number, gathered: Gathered): Promise<void> {
  do await askOverOne(url, request, end, gathered);
  while (performance.now() < end);
}

/** Asks until the time is over, or until the server has said that it closes this connection. */
function askOverOne(url: URL, request: string, end: number, gathered: Gathered): Promise<void> {
  return new Promise((resolve, reject) => {
    // The time of a connection counts with its first answer.
    let asked = performance.now();
    const socket = connect(Number(url.port), url.hostname);
    let closes = false;
    let head: Buffer = Buffer.alloc(0);
    /** Bytes of the body that are still to come; undefined while the head is read; "chunks" where nobody says. */
    let left: number | "chunks" | undefined;
    const ask = (): void => {
      left = undefined;
      head = Buffer.alloc(0);
      socket.write(request);
    };
    const answered = (): void => {
      gathered.times.push(performance.now() - asked);
      if (closes || performance.now() >= end) {
        socket.destroy();
        resolve();
        return;
      }
      asked = performance.now();
      ask();
    };
    const readHead = (): Buffer | undefined => {
      const at = head.indexOf(HEAD_END);
      if (at < 0) return undefined;
      const text = head.toString("latin1", 0, at).toLowerCase();
      if (!text.startsWith("http/1.1 200")) gathered.wrong += 1;
      closes = text.includes("\r\nconnection: close");
      const length = /\r\ncontent-length: *(\d+)/.exec(text)?.[1];
      left = length === undefined ? "chunks" : Number(length);
      return head.subarray(at + HEAD_END.length);
    };
    socket.on("data", (chunk: Buffer) => {
      let body: Buffer | undefined = chunk;
      if (left === undefined) {
        head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
        body = readHead();
      }
      if (body === undefined || left === undefined) return;
      gathered.bytes += body.length;
      if (left === "chunks") {
        if (body.length >= LAST_CHUNK.length && body.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK)) answered();
        return;
      }
      left -= body.length;
      if (left <= 0) answered();
    });
    socket.setNoDelay(true);
    socket.once("connect", ask);
    const fail = (what: string): void => {
      reject(new Error(`${url.href} after ${gathered.times.length} answers: ${what}`));
    };
    socket.once("error", ({ message }) => {
      fail(message);
    });
    socket.once("close", () => {
      fail("closed before its answer");
    });
  });
}
