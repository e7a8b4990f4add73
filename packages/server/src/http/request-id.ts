import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { TrustedProxies } from "./forwarded.ts";

/** What a proxy's id may look like: it stands in logs and answers. */
const GIVEN = /^[A-Za-z0-9._-]{1,64}$/;
/** The same for all requests of this process, so that ids of two runs never meet. */
const RUN = randomBytes(6).toString("hex");
let count = 0;

const ids = new WeakMap<IncomingMessage, string>();

/** The id of a request: made when it is first asked for, since most requests never need one. */
export function requestId(incoming: IncomingMessage): string {
  let id = ids.get(incoming);
  if (id === undefined) {
    id = `${RUN}-${(count += 1).toString(36)}`;
    ids.set(incoming, id);
  }
  return id;
}

/** Takes the id that a trusted proxy has given. */
export function takeRequestId(incoming: IncomingMessage, proxies: TrustedProxies): void {
  if (!proxies.any || !proxies.has(incoming.socket.remoteAddress)) return;
  const given = incoming.headers["x-request-id"];
  if (typeof given === "string" && GIVEN.test(given)) ids.set(incoming, given);
}
