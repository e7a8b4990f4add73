import { lstatSync, unlinkSync } from "node:fs";
import { connect, type AddressInfo, type Server } from "node:net";
import { ServerError } from "../errors.ts";

/** Where to listen: an address, or a socket in the file system with these permission bits. */
export type Place = { readonly host: string; readonly port: number } | { readonly path: string; readonly mode: number };

/**
 * Listens. A socket file that a killed process has left is taken over; one behind which somebody listens is not.
 * @returns the real place, also where port 0 was asked for
 * @throws ServerError `PORT_IN_USE`, `BAD_ADDRESS`, `NO_PERMISSION`
 */
export async function bind(server: Server, place: Place): Promise<Place> {
  if (!("path" in place)) {
    await listening(server, place, () => server.listen(place));
    const { address: host, port } = server.address() as AddressInfo;
    return { host, port };
  }
  if (isSocket(place.path) && !(await isAnswered(place.path))) unlinkSync(place.path);
  await listening(server, place, () => {
    // The file is made with these bits: there is no moment at which others may connect.
    const before = process.umask(~place.mode & 0o777);
    try {
      server.listen(place.path);
    } finally {
      process.umask(before);
    }
  });
  return place;
}

function listening(server: Server, place: Place, start: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(bindError(error, place));
    });
    server.once("listening", () => {
      server.removeAllListeners("error");
      resolve();
    });
    start();
  });
}

function isSocket(path: string): boolean {
  try {
    return lstatSync(path).isSocket();
  } catch {
    return false;
  }
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code !== "ECONNREFUSED");
    });
  });
}

function bindError(error: NodeJS.ErrnoException, place: Place): ServerError {
  const cause = { cause: error };
  const where = "path" in place ? `the socket ${place.path}` : `port ${place.port} of ${place.host}`;
  switch (error.code) {
    case "EADDRINUSE":
      return new ServerError("PORT_IN_USE", `${where} is in use by another process`, {
        hint: "choose another one with --port, or --port 0 for any free one",
        ...cause,
      });
    case "EACCES":
      return new ServerError("NO_PERMISSION", `this user may not listen on ${where}`, {
        hint: "ports below 1024 belong to the system: choose a higher one and put a proxy before it",
        ...cause,
      });
    default:
      return new ServerError("BAD_ADDRESS", `cannot listen on ${where}: ${error.message}`, {
        hint: "name an address of this machine, such as 127.0.0.1 or 0.0.0.0, or a path in a folder that exists",
        ...cause,
      });
  }
}
