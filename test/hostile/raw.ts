import { connect, type Socket } from "node:net";

/** What came back on a connection, until it ended. */
export interface RawAnswer {
  /** 0: nothing that is an answer. */
  readonly status: number;
  /** The code of the refusal, where the answer carries one. */
  readonly code: string | undefined;
  readonly text: string;
}

/** Opens a connection of which nothing but what is written goes out. */
export function openRaw(url: string): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  socket.on("error", () => undefined);
  return socket;
}

/** Collects what comes back on a connection until there is a whole answer, or the other end has closed it. */
export function answerOf(socket: Socket): Promise<RawAnswer> {
  let text = "";
  return new Promise((resolve) => {
    const done = (): void => {
      socket.destroy();
      resolve(readAnswer(text));
    };
    socket.setEncoding("latin1").on("data", (more: string) => {
      text += more;
      if (isWhole(withoutInterim(text))) done();
    });
    socket.once("end", done).once("close", done);
  });
}

/** Whether an answer has all the bytes that it announces. */
function isWhole(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  const length = /^content-length: (\d+)\r$/im.exec(text.slice(0, end + 2))?.[1];
  return end >= 0 && length !== undefined && text.length >= end + 4 + Number(length);
}

/** Without the answers that only say to go on. */
function withoutInterim(text: string): string {
  return text.replace(/^(?:HTTP\/1\.1 1\d\d [^\r\n]*\r\n\r\n)+/, "");
}

/**
 * Writes pieces one after the other and says what came back. `breakOffMs`: says after so long without an answer that
 * nothing more will come.
 */
export async function sendRaw(url: string, pieces: readonly Buffer[], breakOffMs?: number): Promise<RawAnswer> {
  const socket = openRaw(url);
  const answer = answerOf(socket);
  for (const piece of pieces) {
    if (socket.destroyed) break;
    socket.write(piece);
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }
  const timer = breakOffMs === undefined ? undefined : setTimeout(() => socket.end(), breakOffMs);
  try {
    return await answer;
  } finally {
    clearTimeout(timer);
  }
}

/** The first final answer of a connection. */
function readAnswer(text: string): RawAnswer {
  const final = withoutInterim(text);
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(final)?.[1] ?? 0);
  const code = /"error":"([A-Z0-9_]+)"/.exec(final)?.[1] ?? /\r\n\r\nerror\[([A-Z0-9_]+)\]/.exec(final)?.[1];
  return { status, code, text: final };
}
