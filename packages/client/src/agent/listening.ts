import type { Server } from "node:http";
import { ClientError, systemCode } from "../errors.ts";

/** The only address our doors stand on. */
export const LOOPBACK = "127.0.0.1";

/**
 * Starts a server on loopback and tells its port. `port` 0 takes a free one.
 * @throws ClientError `PORT_IN_USE`
 */
export async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      reject(systemCode(cause) === "EADDRINUSE" || systemCode(cause) === "EACCES" ? portTaken(port, cause) : cause);
    });
    server.listen(port, LOOPBACK, resolve);
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new TypeError("a listening server has an address");
  return address.port;
}

/** Stops a server at once, open connections included. */
export async function stop(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}

function portTaken(port: number, cause: unknown): ClientError {
  const why = systemCode(cause) === "EACCES" ? "may not be opened by this user" : "is taken";
  return new ClientError("PORT_IN_USE", `port ${port} of ${LOOPBACK} ${why}`, {
    hint: "name another one with --port, or leave it out to get a free one",
    cause,
  });
}
