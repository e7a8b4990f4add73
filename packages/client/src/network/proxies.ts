import { ClientError } from "../errors.ts";
import { formatDestination, isLoopback, type Destination } from "./destination.ts";

/** The proxy that the user's environment names for a scheme and a destination, if any: how a company lets its people out. */
export type ChooseProxy = (scheme: "http" | "https", destination: Destination) => URL | undefined;

/**
 * Reads `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, lower case first as curl does. This machine itself is never
 * asked through a proxy.
 */
export function readProxies(env: NodeJS.ProcessEnv): ChooseProxy {
  // A variable that is set to nothing counts as not set.
  const read = (...names: string[]) =>
    names.flatMap((name) => [env[name], env[name.toUpperCase()]]).find((value) => (value ?? "") !== "") ?? "";
  const exceptions = read("no_proxy")
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== "");
  return (scheme, destination) => {
    const text = read(`${scheme}_proxy`, "all_proxy");
    if (text === "" || isLoopback(destination.host) || exceptions.some((entry) => excepts(entry, destination))) {
      return undefined;
    }
    return readProxy(text);
  };
}

/** An entry is `*`, a host, a domain with or without a dot in front, each with or without a port. */
function excepts(entry: string, destination: Destination): boolean {
  if (entry === "*") return true;
  const [, name = "", port] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  if (entry === formatDestination(destination) || entry === destination.host) return true;
  if (port !== undefined && Number(port) !== destination.port) return false;
  return destination.host === name || destination.host.endsWith(`.${name}`);
}

function readProxy(text: string): URL {
  const url = URL.canParse(text) && text.includes("://") ? text : `http://${text}`;
  const proxy = URL.canParse(url) ? new URL(url) : undefined;
  if (proxy !== undefined && (proxy.protocol === "http:" || proxy.protocol === "https:")) return proxy;
  throw new ClientError("USAGE", "a proxy variable names a proxy that is neither http nor https", {
    hint: "set HTTPS_PROXY and HTTP_PROXY to something like http://proxy.example.org:3128, or unset them",
  });
}

/** What to send a proxy that wants a name and a password: those of its URL (RFC 7617). */
export function proxyAuthorization(proxy: URL): string | undefined {
  if (proxy.username === "" && proxy.password === "") return undefined;
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}
