import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { ClientError } from "../errors.ts";
import { destinationOf, formatDestination, isSameDestination, type Destination } from "../network/destination.ts";
import type { AllowedHosts } from "./allowed-hosts.ts";

/** What becomes of a connection that a run's command asks for. */
export type Verdict =
  /** The trusted index: answered by us, verified. */
  | { readonly kind: "index" }
  /** The user's own word. */
  | { readonly kind: "allowed" }
  /** Let through by the user's unsafe switch alone; to be told. */
  | { readonly kind: "tolerated"; readonly error: ClientError }
  | { readonly kind: "refused"; readonly error: ClientError };

const PAST_US = "past verification: this is the trusted index by another way than its own address";

/** Decides where a run's command may go. */
export class Rules {
  readonly #base: URL;
  readonly #index: Destination;
  readonly #allowed: AllowedHosts;
  readonly #observing: boolean;

  /** @param base of the trusted index */
  constructor(base: URL, allowed: AllowedHosts, observing = false) {
    this.#observing = observing;
    this.#base = base;
    this.#index = destinationOf(base);
    this.#allowed = allowed;
  }

  /**
   * @param way how the command wants to speak: plain requests through the proxy, or whatever it likes in a tunnel
   */
  async judge(destination: Destination, way: "request" | "tunnel"): Promise<Verdict> {
    if (isSameDestination(destination, this.#index)) {
      // A plain request to a port that speaks TLS is nobody's mistake but an attacker's.
      return way === "tunnel" || this.#base.protocol === "http:" ? { kind: "index" } : this.#bypass(destination);
    }
    if (await this.#isIndexByNumber(destination)) return this.#bypass(destination);
    if (this.#allowed.has(destination)) return { kind: "allowed" };
    if (destination.host === this.#index.host) return this.#bypass(destination);
    return this.#observing
      ? { kind: "tolerated", error: foreign(destination, "was let through, because you are observing") }
      : { kind: "refused", error: foreign(destination, "is not the trusted index") };
  }

  async #isIndexByNumber({ host, port }: Destination): Promise<boolean> {
    if (isIP(host) === 0 || port !== this.#index.port || isIP(this.#index.host) !== 0) return false;
    // Where the name cannot be looked up (it may be known to the company's proxy alone), no number can be its.
    const addresses = await lookup(this.#index.host, { all: true }).catch(() => []);
    return addresses.some(({ address }) => address === host);
  }

  #bypass(destination: Destination): Verdict {
    const error = new ClientError("INDEX_BYPASSED", `${formatDestination(destination)}: ${PAST_US}`, {
      hint: `a lock file or a tool's settings name it so: they must say ${this.#base.origin}`,
    });
    return { kind: "refused", error };
  }
}

function foreign(destination: Destination, what: string): ClientError {
  const name = formatDestination(destination);
  return new ClientError("HOST_REFUSED", `${name} ${what}`, {
    hint: `where the command needs it, and needs nothing verified from it: countermark run --allow ${name} -- …`,
  });
}
