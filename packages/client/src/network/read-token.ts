import { ClientError } from "../errors.ts";
import { destinationOf, isLoopback } from "./destination.ts";

/** What decides about a refusal: the answer's status, and whether it says how to authenticate (RFC 9110, 11.6.1). */
export interface Challenge {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** The secret with which one private index is read. It shows in no inspection, and goes to that index alone. */
export class ReadToken {
  readonly #base: string;
  readonly #secret: string;

  /**
   * @param base the index's base URL, ends in a slash
   * @throws ClientError `TOKEN_UNSAFE`
   */
  constructor(base: string, secret: string) {
    const url = new URL(base);
    requireSafeWay(url);
    this.#base = url.href;
    this.#secret = secret;
  }

  /** The header for a request: none where it goes to another origin, or to what else lies on the index's own. */
  headersFor(url: URL): Readonly<Record<string, string>> {
    return url.href.startsWith(this.#base) ? { authorization: `Bearer ${this.#secret}` } : {};
  }

  /** For the trusted state alone. */
  reveal(): string {
    return this.#secret;
  }
}

/**
 * Refuses to send a token where others can read it on its way: over http, unless it does not leave this machine.
 * @throws ClientError `TOKEN_UNSAFE`
 */
export function requireSafeWay(url: URL): void {
  if (url.protocol === "https:" || isLoopback(destinationOf(url).host)) return;
  throw new ClientError("TOKEN_UNSAFE", `a read token would go to ${url.href} in the clear`, {
    hint: "name the index by https: whoever listens on the way would have the token",
  });
}

/** Whether an index refuses for want of a token. Object stores say a bare 403 for what is not there. */
export function isChallenge({ status, headers }: Challenge): boolean {
  return status === 401 || (status === 403 && headers["www-authenticate"] !== undefined);
}

/**
 * What is told then.
 * @param base the index's base URL
 * @param sent whether a token was sent
 */
export function tokenNeeded(base: string, path: string, status: number, sent: boolean): ClientError {
  const why =
    status === 403 ? "the kept read token is not for this" : "it does not accept the read token that was sent";
  const what = sent ? why : "the index is private, and no read token is kept for it";
  return new ClientError("TOKEN_NEEDED", `${base}${path} was answered with ${status}: ${what}`, {
    hint: `ask the operator for a read token, then: countermark trust ${base} --root FINGERPRINT --token-fd 3 3< FILE`,
  });
}
