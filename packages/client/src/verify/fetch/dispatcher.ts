import type { SecureContext } from "node:tls";
import { Agent, ProxyAgent, type Dispatcher } from "undici";
import { destinationOf } from "../../network/destination.ts";
import { proxyAuthorization, readProxies } from "../../network/proxies.ts";
import { verifyingContext } from "../../network/trust-anchors.ts";
import { CONNECT_TIMEOUT_MS, MAX_CONNECTIONS } from "./connections.ts";

/** A company's own proxy is used where the environment names one, but never towards this machine itself. */
export function makeDispatcher(
  base: URL,
  env: NodeJS.ProcessEnv,
  trust: () => SecureContext = () => verifyingContext(undefined, env),
): Dispatcher {
  const secure = base.protocol === "https:";
  const proxy = readProxies(env)(secure ? "https" : "http", destinationOf(base));
  // Reading the authorities takes a while: only where there is a server to verify.
  const verifying = secure || proxy?.protocol === "https:" ? { secureContext: trust() } : {};
  const connect = { timeout: CONNECT_TIMEOUT_MS, ...verifying };
  if (proxy === undefined) return new Agent({ connections: MAX_CONNECTIONS, connect });
  const token = proxyAuthorization(proxy);
  return new ProxyAgent({
    uri: proxy.origin,
    connections: MAX_CONNECTIONS,
    requestTls: connect,
    proxyTls: connect,
    ...(token !== undefined && { token }),
  });
}
