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
 * Asks for one address again and again over connections that stay open, the next question as soon as the answer is there.
 * It looks at status and length only, so that the asking costs little beside the answering.
 */
export async function load(url: URL, seconds: number, connections: number, accept: string): Promise<Load> {
  const request = `GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nAccept: ${accept}\r\nAccept-Encoding: identity\r\n\r\n`;
  const [times, state]: [number[], { wrong: number; bytes: number }] = [[], { wrong: 0, bytes: 0 }];
  const started = performance.now();
  const end = started + seconds * 1000;
  await Promise.all(Array.from({ length: connections }, () => keepAsking(url, request, end, times, state)));
  const elapsed = (performance.now() - started) / 1000;
  times.sort((a, b) => a - b);
  return {
    perSecond: times.length / elapsed,
    megabytesPerSecond: state.bytes / elapsed / 1e6,
    p99: times[Math.floor(times.length * 0.99)] ?? NaN,
    wrong: state.wrong,
    count: times.length,
  };
}

function keepAsking(
  url: URL,
  request: string,
  end: number,
  times: number[],
  state: { wrong: number; bytes: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(url.port), url.hostname);
    let asked = 0;
    let head: Buffer = Buffer.alloc(0);
    /** Bytes of the body that are still to come; undefined while the head is read; "chunks" where nobody says. */
    let left: number | "chunks" | undefined;
    const ask = (): void => {
      asked = performance.now();
      left = undefined;
      head = Buffer.alloc(0);
      socket.write(request);
    };
    const answered = (): void => {
      times.push(performance.now() - asked);
      if (performance.now() >= end) socket.end();
      else ask();
    };
    const readHead = (): Buffer | undefined => {
      const at = head.indexOf(HEAD_END);
      if (at < 0) return undefined;
      const text = head.toString("latin1", 0, at).toLowerCase();
      if (!text.startsWith("http/1.1 200")) state.wrong += 1;
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
      state.bytes += body.length;
      if (left === "chunks") {
        if (body.length >= LAST_CHUNK.length && body.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK)) answered();
        return;
      }
      left -= body.length;
      if (left <= 0) answered();
    });
    socket.setNoDelay(true);
    socket.once("connect", ask);
    socket.once("error", reject);
    socket.once("close", () => {
      resolve();
    });
  });
}
