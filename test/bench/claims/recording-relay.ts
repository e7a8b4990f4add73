import { createServer, request as ask, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Scope } from "../../harness/scope.ts";

/** What clients asked for and got. */
export interface Traffic {
  readonly requests: number;
  /** Of the answers' bodies, as they went over the wire. */
  readonly bytes: number;
}

/** A relay on loopback that remembers what went through it. */
export interface RecordingRelay {
  /** Without a slash at its end. */
  readonly url: string;
  /** Names the port of the index; before that nobody may connect. */
  leadTo(port: number): void;
  /** What was asked for below this path since the last time; all of the record is forgotten. */
  take(below: string): Traffic;
}

/** Stands before the index; unlike a mirror it passes on every header, so that clients and index do all that they can. */
export async function recordingRelay(scope: Scope): Promise<RecordingRelay> {
  const seen: { readonly path: string; bytes: number }[] = [];
  let port = 0;
  const server = createServer((near, answer) => {
    const entry = { path: near.url ?? "", bytes: 0 };
    seen.push(entry);
    passOn(near, answer, port, (bytes) => (entry.bytes += bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  scope.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadTo: (to) => (port = to),
    take: (below) => {
      const some = seen.splice(0).filter(({ path }) => path.startsWith(below));
      return { requests: some.length, bytes: some.reduce((sum, { bytes }) => sum + bytes, 0) };
    },
  };
}

function passOn(near: IncomingMessage, answer: ServerResponse, port: number, count: (bytes: number) => void): void {
  const { method, url: path, rawHeaders: headers } = near;
  const far = ask({ host: "127.0.0.1", port, method, path, headers, setHost: false }, (reply) => {
    answer.writeHead(reply.statusCode ?? 502, reply.rawHeaders);
    reply.on("data", (part: Buffer) => {
      count(part.byteLength);
    });
    reply.pipe(answer);
  });
  far.on("error", () => {
    answer.destroy();
  });
  near.pipe(far);
}
