import { ReadToken } from "../../network/read-token.ts";
import type { PinnedRepository, TrustStore } from "./trust-store.ts";

/**
 * The read token that is kept for a pinned index.
 * @throws ClientError `TOKEN_UNSAFE`
 */
export function keptToken(store: Pick<TrustStore, "readToken">, { id, url }: PinnedRepository): ReadToken | undefined {
  const secret = store.readToken(id);
  return secret === undefined ? undefined : new ReadToken(url, secret);
}
