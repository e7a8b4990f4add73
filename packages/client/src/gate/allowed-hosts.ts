import { ClientError } from "../errors.ts";
import { parseAuthority, type Destination } from "../network/destination.ts";

/** The ports that a host without one stands for: those of https and http. */
const USUAL_PORTS: readonly number[] = [443, 80];

/** The hosts besides the trusted index that a run's command may reach. What comes from there is not verified. */
export class AllowedHosts {
  #allowed: ReadonlySet<string>;

  /**
   * @param texts `HOST` or `HOST:PORT`, each exactly one host: there are no patterns
   * @throws ClientError `USAGE`
   */
  constructor(texts: readonly string[]) {
    this.#allowed = new Set(texts.flatMap((text) => read(text).map(keyOf)));
  }

  /** What any of these allows. */
  static of(...parts: readonly AllowedHosts[]): AllowedHosts {
    const all = new AllowedHosts([]);
    all.#allowed = new Set(parts.flatMap((part) => [...part.#allowed]));
    return all;
  }

  /** Whether nothing but the index may be asked. */
  get none(): boolean {
    return this.#allowed.size === 0;
  }

  has(destination: Destination): boolean {
    return this.#allowed.has(keyOf(destination));
  }

  /** Whether some host may be reached on this port. */
  hasPort(port: number): boolean {
    return [...this.#allowed].some((key) => key.endsWith(` ${port}`));
  }
}

function read(text: string): readonly Destination[] {
  const host = parseAuthority(text, 443);
  if (host === undefined || text.includes("*")) {
    throw new ClientError("USAGE", `${text} is no host that could be allowed`, {
      hint: "name one host, as in --allow files.example.org or --allow files.example.org:8443",
    });
  }
  const named = parseAuthority(text);
  return named !== undefined ? [named] : USUAL_PORTS.map((port) => ({ host: host.host, port }));
}

function keyOf({ host, port }: Destination): string {
  return `${host} ${port}`;
}
