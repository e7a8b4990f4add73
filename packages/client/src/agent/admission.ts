import type { IncomingMessage } from "node:http";
import { isSecret } from "./secret.ts";

/** Longest request target that any installer of ours needs, in characters. */
const MAX_TARGET = 2048;

/** What becomes of a request before anything is looked up. */
export type Admission =
  | { readonly admitted: true; /** Below the secret. */ readonly path: string }
  | { readonly admitted: false; readonly status: 400 | 403 | 404 | 405 | 414; readonly reason: string };

/**
 * Decides who may ask this door at all. The door stands on loopback, where every user and every web page of this machine
 * can knock: a page by DNS rebinding (so `Host` is checked) or cross-origin (so `Origin` and `Sec-Fetch-Site` are), another
 * user's process by address alone (so the path begins with a secret).
 */
export function admit(
  request: Pick<IncomingMessage, "method" | "url" | "headers">,
  port: number,
  secret: string,
  methods: readonly string[] = ["GET", "HEAD"],
): Admission {
  const { host, origin, "sec-fetch-site": site } = request.headers;
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) return refuse(403, "host is not this door's");
  if (origin !== undefined) return refuse(403, "no web page may ask here");
  if (site !== undefined && site !== "none" && site !== "same-origin") return refuse(403, "no web page may ask here");
  if (!methods.includes(request.method ?? "")) return refuse(405, `only ${methods.join(" and ")}`);
  const target = request.url ?? "";
  if (target.length > MAX_TARGET) return refuse(414, "the address is too long");
  const [path = ""] = target.split("?");
  if (!path.startsWith("/")) return refuse(400, "this is no proxy");
  const end = path.indexOf("/", 1);
  // One answer for a wrong secret and for none: nothing tells a stranger how near they are.
  if (end < 0 || !isSecret(path.slice(1, end), secret)) return refuse(404, "not found");
  return { admitted: true, path: path.slice(end + 1) };
}

function refuse(status: 400 | 403 | 404 | 405 | 414, reason: string): Admission {
  return { admitted: false, status, reason };
}
