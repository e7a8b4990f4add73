import { tokenHash } from "@countermark/repository";
import type { Clock } from "../clock.ts";
import type { AccountStore, Token, TokenScope } from "./account-store.ts";
import { tokenIn } from "./credentials.ts";

/** How often the last use of a token is written down: once a minute says enough. */
const NOTE_EVERY_MS = 60_000;
/** Tokens whose last use is remembered between two notes. */
const MAX_NOTED = 10_000;

/** Who asks, by a token that is alive. */
export interface Principal {
  readonly account: string;
  readonly token: Token;
}

/** `none`: nobody says who they are. `unknown`: somebody does, with what is no living token. */
export type Authentication = Principal | "none" | "unknown";

/** Finds out who asks. Why a token does not count is not said: whoever tries tokens must not learn which ones were. */
export class Authenticator {
  readonly #store: AccountStore;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  readonly #noted = new Map<string, number>();

  constructor(store: AccountStore, clock: Clock, onError: (error: unknown) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#onError = onError;
  }

  /** By the Authorization header of a request. */
  async authenticate(header: string | undefined): Promise<Authentication> {
    const found = tokenIn(header);
    if (found === "none") return "none";
    if (found === "malformed") return "unknown";
    const now = this.#clock();
    const token = await this.#store.liveToken(tokenHash(found.token), now);
    if (token === undefined) return "unknown";
    this.#note(token, now);
    return { account: token.account, token };
  }

  /** In the background: nobody waits for it, and a note that is lost is no harm. */
  #note({ id, lastUsedAt = -Infinity }: Token, now: number): void {
    if (now - Math.max(lastUsedAt, this.#noted.get(id) ?? -Infinity) < NOTE_EVERY_MS) return;
    if (this.#noted.size >= MAX_NOTED) this.#noted.clear();
    this.#noted.set(id, now);
    this.#store.touchTokens(new Map([[id, now]])).catch(this.#onError);
  }
}

/** Whether a token may be used for something, in a project where one is named. */
export function allows({ token }: Principal, scope: TokenScope, project?: string): boolean {
  const isInReach = token.projects === undefined || (project !== undefined && token.projects.includes(project));
  return token.scopes.includes(scope) && (isInReach || project === undefined);
}
