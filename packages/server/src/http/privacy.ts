import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";

const answeredToOne = new WeakSet<IncomingMessage>();

/** Notes that what is answered is for whoever asked: no shared cache may keep it (RFC 9111, 3.5 and 5.2.2.7). */
export function notePrivate(incoming: IncomingMessage): void {
  answeredToOne.add(incoming);
}

/** The headers of an answer: where it is for one reader only, they say so, whatever they said before. */
export function withPrivacy(incoming: IncomingMessage, headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  if (!answeredToOne.has(incoming)) return headers;
  const policy = headers["cache-control"] ?? "no-cache";
  const vary = headers.vary === undefined ? "Authorization" : `${headers.vary}, Authorization`;
  return { ...headers, "cache-control": privatePolicy(policy), vary };
}

function privatePolicy(policy: string): string {
  if (policy.includes("no-store")) return policy;
  return `private, ${policy.replace(/\bpublic, ?/, "")}`;
}
