import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Scope } from "./scope.ts";

/** A proxy that refuses and remembers: what reaches it wanted to leave the machine. */
export interface Trap {
  readonly url: string;
  /** What was asked for, such as `CONNECT example.org:443`. */
  readonly caught: readonly string[];
}

/** Opens a trap on a free loopback port. */
export async function openTrap(scope: Scope): Promise<Trap> {
  const caught: string[] = [];
  const server = createServer((request, response) => {
    caught.push(`${request.method ?? ""} ${request.url ?? ""}`);
    response.writeHead(403, "leaving loopback is refused in tests").end();
  });
  server.on("connect", (request, socket) => {
    caught.push(`CONNECT ${request.url ?? ""}`);
    socket.end("HTTP/1.1 403 leaving loopback is refused in tests\r\n\r\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  scope.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, caught };
}
