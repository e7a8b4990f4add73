import { InvalidArgumentError, Option } from "commander";
import { isAbsolute } from "node:path";
import { isName, isVersion, normaliseName } from "@countermark/packaging";
import { baseUrl, isReason, makeSharding } from "@countermark/repository";
import { TrustedProxies } from "../http/forwarded.ts";

/** `--data`, without which no command knows what it is about; it may stand in the configuration file instead. */
export function dataOption(): Option {
  return new Option("--data <folder>", "the index's folder");
}

/** A number of shards that a layout can have. */
export function parseShards(text: string): number {
  try {
    return makeSharding(Number(text)).count;
  } catch {
    throw new InvalidArgumentError("choose 16, 256, 4096 or 65536");
  }
}

/** A base URL, ending with a slash. */
export function parseBaseUrl(text: string): string {
  try {
    return baseUrl(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** Longest name of an index: it stands on a page and in logs. */
const MAX_NAME = 100;

/** The index's name: printable, one line. */
export function parseIndexName(text: string): string {
  const name = text.trim();
  if (name === "" || name.length > MAX_NAME || /\p{C}/u.test(name)) {
    throw new InvalidArgumentError(`1 to ${MAX_NAME} printable characters`);
  }
  return name;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A socket in the file system, by its absolute path. */
export interface SocketPath {
  readonly path: string;
}

const ADDRESS = /^(?:\[(?<six>[0-9a-fA-F:.]+)\]|(?<host>[^:[\]]+)):(?<port>\d{1,5})$/;

/** `HOST:PORT`, with brackets around an IPv6 address. */
export function parseAddress(text: string): Address {
  const { six, host, port } = ADDRESS.exec(text)?.groups ?? {};
  const number = Number(port);
  if (!(number <= 65535)) throw new InvalidArgumentError("write HOST:PORT, such as 127.0.0.1:8000 or [::1]:8000");
  return { host: six ?? host ?? "", port: number };
}

/** Longest path of a socket that every system takes, in bytes (`sun_path`). */
const MAX_SOCKET_PATH = 100;

/** `HOST:PORT`, or `unix:` and an absolute path. */
export function parseListen(text: string): Address | SocketPath {
  if (!text.startsWith("unix:")) return parseAddress(text);
  const path = text.slice("unix:".length);
  if (!isAbsolute(path) || Buffer.byteLength(path) > MAX_SOCKET_PATH || path.includes("\0")) {
    throw new InvalidArgumentError(`write unix:/PATH, absolute and at most ${MAX_SOCKET_PATH} bytes long`);
  }
  return { path };
}

/** The addresses of proxies, one more with each call. */
export function parseTrustedProxy(text: string, before: readonly string[] = []): readonly string[] {
  try {
    new TrustedProxies([text]);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
  return [...before, text];
}

/** Permission bits in octal, without any for others than owner and group to forget. */
export function parseMode(text: string): number {
  if (!/^0?[0-7]{3}$/.test(text)) throw new InvalidArgumentError("write octal permission bits, such as 660");
  return parseInt(text, 8);
}

/** A TCP port; 0 lets the system choose. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65535) throw new InvalidArgumentError("a port is a number from 0 to 65535");
  return port;
}

/** A project's name, normalised. */
export function parseProject(text: string): string {
  if (!isName(text)) throw new InvalidArgumentError("a project's name has letters, digits, '.', '-' and '_'");
  return normaliseName(text);
}

/** A version in any spelling of PEP 440. */
export function parseVersionOption(text: string): string {
  if (!isVersion(text)) throw new InvalidArgumentError("write a version such as 1.2.0 (PEP 440)");
  return text;
}

/** The identity of a public key. */
export function parseIdentity(text: string): string {
  if (!/^[0-9a-f]{64}$/.test(text))
    throw new InvalidArgumentError("write the SHA-256 that 'countermark why --json' shows, in hex");
  return text;
}

/** A reason, which stands on pages and in logs. */
export function parseReason(text: string): string {
  if (!isReason(text)) throw new InvalidArgumentError("write one line of at most 1000 characters");
  return text;
}

/** A whole number above 0, small enough to be counted in bytes of MiB. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d{1,9}$/.test(text) || count < 1) throw new InvalidArgumentError("a whole number from 1 to 999999999");
  return count;
}

/** Descriptors that the caller has opened: not those of the terminal, where a secret would be seen. */
export function parseDescriptor(text: string): number {
  const fd = Number(text);
  if (!/^\d{1,4}$/.test(text) || fd < 3) throw new InvalidArgumentError("a number from 3, such as 3 with '3< FILE'");
  return fd;
}
