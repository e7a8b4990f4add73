import { isIP, isIPv4 } from "node:net";

/** Where a connection is to go. */
export interface Destination {
  /** Lower-case DNS name without a dot at its end, or IP address in its usual form without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Longest authority, in characters: a DNS name has at most 253. */
const MAX_AUTHORITY = 260;
const AUTHORITY = /^(\[[0-9a-f:.]+\]|[^\s/?#@\\:[\]%]+)(?::(\d{1,5}))?$/i;

/**
 * Reads `host:port` (RFC 9110, 9.3.6). Every way to write a host comes out as one: `LOCALHOST`, `localhost.`, `0x7f.1`,
 * `2130706433`, so that no other spelling is another host. `undefined` when it is none.
 */
export function parseAuthority(text: string, defaultPort?: number): Destination | undefined {
  const [, host, port] = AUTHORITY.exec(text.slice(0, MAX_AUTHORITY + 1)) ?? [];
  const number = port === undefined ? defaultPort : Number(port);
  if (text.length > MAX_AUTHORITY || host === undefined || number === undefined) return undefined;
  if (number < 1 || number > 65_535) return undefined;
  return URL.canParse(`http://${host}/`) ? { host: hostOf(new URL(`http://${host}/`)), port: number } : undefined;
}

/** Where a URL of http or https leads. */
export function destinationOf(url: URL): Destination {
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  return { host: hostOf(url), port };
}

export function isSameDestination(one: Destination, other: Destination): boolean {
  return one.host === other.host && one.port === other.port;
}

/** Whether a host is this machine, by its form alone: a name that merely begins like one of these is somebody else's. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

/** `host:port`, with brackets where they are needed. */
export function formatDestination({ host, port }: Destination): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
}
