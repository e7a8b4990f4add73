import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { ClientError } from "../errors.ts";
import { destinationOf, formatDestination, isSameDestination, type Destination } from "../network/destination.ts";
import type { AllowedHosts } from "./allowed-hosts.ts";

/** What becomes of a connection that a run's command asks for. */
export type Verdict =
  /** A trusted index: answered by us, verified. */
  | { readonly kind: "index" }
  /** The user's own word. */
  | { readonly kind: "allowed" }
  /** Let through by the user's unsafe switch alone; to be told. */
  | { readonly kind: "tolerated"; readonly error: ClientError }
  | { readonly kind: "refused"; readonly error: ClientError };

const PAST_US = "past verification: this is the trusted index by another way than its own address";

/** Decides where a run's command may go. */
export class Rules {
  readonly #indexes: readonly Place[];
  readonly #allowed: AllowedHosts;
  readonly #observing: boolean;

  /** @param bases of the trusted indexes */
  constructor(bases: readonly URL[], allowed: AllowedHosts, observing = false) {
    this.#observing = observing;
    this.#indexes = bases.map((base) => ({ base, destination: destinationOf(base) }));
    this.#allowed = allowed;
  }

  /**
   * @param way how the command wants to speak: plain requests through the proxy, or whatever it likes in a tunnel
   */
  async judge(destination: Destination, way: "request" | "tunnel"): Promise<Verdict> {
    const index = this.#indexes.find((place) => isSameDestination(destination, place.destination));
    if (index !== undefined) {
      // A plain request to a port that speaks TLS is nobody's mistake but an attacker's.
      return way === "tunnel" || index.base.protocol === "http:" ? { kind: "index" } : bypass(destination, index);
    }
    const byNumber = await this.#indexByNumber(destination);
    if (byNumber !== undefined) return bypass(destination, byNumber);
    if (this.#allowed.has(destination)) return { kind: "allowed" };
    const sameHost = this.#indexes.find((place) => place.destination.host === destination.host);
    if (sameHost !== undefined) return bypass(destination, sameHost);
    return this.#observing
      ? { kind: "tolerated", error: foreign(destination, "was let through, because you are observing") }
      : { kind: "refused", error: foreign(destination, "is not the trusted index") };
  }

  async #indexByNumber({ host, port }: Destination): Promise<Place | undefined> {
    if (isIP(host) === 0) return undefined;
    const named = this.#indexes.filter(({ destination }) => destination.port === port && isIP(destination.host) === 0);
    for (const place of named) {
      // Where the name cannot be looked up (it may be known to the company's proxy alone), no number can be its.
      const addresses = await lookup(place.destination.host, { all: true }).catch(() => []);
      if (addresses.some(({ address }) => address === host)) return place;
    }
    return undefined;
  }
}

/** A trusted index and where connections to it lead. */
interface Place {
  readonly base: URL;
  readonly destination: Destination;
}

function bypass(destination: Destination, { base }: Place): Verdict {
  const error = new ClientError("INDEX_BYPASSED", `${formatDestination(destination)}: ${PAST_US}`, {
    hint: `a lock file or a tool's settings name it so: they must say ${base.origin}`,
  });
  return { kind: "refused", error };
}

function foreign(destination: Destination, what: string): ClientError {
  const name = formatDestination(destination);
  return new ClientError("HOST_REFUSED", `${name} ${what}`, {
    hint: `where the command needs it, and needs nothing verified from it: countermark run --allow ${name} -- …`,
  });
}
