import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

/** What stands for whoever connects through a socket in the file system. */
const UNIX = "unix";
/** Longest header that is looked into; of a longer one nothing is believed. */
const MAX_HEADER = 4096;

/**
 * Whose word about others is taken. Without any, `X-Forwarded-For` is what a stranger has written, and nothing of it
 * is believed.
 */
export class TrustedProxies {
  readonly #networks = new BlockList();
  #unix = false;
  readonly any: boolean;

  /** Each an IP address, a network in CIDR notation, or `unix`. Throws a TypeError for anything else. */
  constructor(entries: readonly string[]) {
    for (const entry of entries) this.#add(entry);
    this.any = entries.length > 0;
  }

  /** Whether the other end of a connection is one of them. */
  has(address: string | undefined): boolean {
    if (address === undefined) return this.#unix;
    const plain = unmapped(address);
    const family = isIP(plain);
    return family !== 0 && this.#networks.check(plain, family === 6 ? "ipv6" : "ipv4");
  }

  /** Who asked: the nearest address, walking back from this end, that is no proxy of ours. */
  clientOf({ socket, headers }: IncomingMessage): string {
    let address = socket.remoteAddress;
    if (!this.any) return address ?? UNIX;
    const header = headers["x-forwarded-for"];
    const text = typeof header === "string" && header.length <= MAX_HEADER ? header : "";
    for (const hop of text.split(",").reverse()) {
      const named = hop.trim();
      if (!this.has(address) || isIP(named) === 0) break;
      address = named;
    }
    return address ?? UNIX;
  }

  #add(entry: string): void {
    if (entry === UNIX) {
      this.#unix = true;
      return;
    }
    const [address = "", bits, ...rest] = entry.split("/");
    const family = isIP(address);
    const most = family === 6 ? 128 : 32;
    const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Infinity;
    if (family === 0 || prefix > most || rest.length > 0) {
      throw new TypeError("write an IP address, a network such as 10.0.0.0/8, or unix");
    }
    this.#networks.addSubnet(address, prefix, family === 6 ? "ipv6" : "ipv4");
  }
}

/** An IPv4 address as IPv4, also where a dual-stack socket writes it as IPv6. */
function unmapped(address: string): string {
  const four = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return four ?? address;
}
