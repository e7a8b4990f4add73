import { peerOf, proveEnrolment, type Identity, type StatementContext } from "@countermark/identity";
import {
  apiPaths,
  decodeChallenge,
  decodeSession,
  encodeChallengeRequest,
  encodeEnrolmentRequest,
  encodeSessionRequest,
} from "@countermark/repository";
import type { PinnedRepository } from "../verify/state/trust-store.ts";
import { requireKeysOf, viewAccount, type KnownAccount } from "./account-book.ts";
import type { IndexApi } from "./index-api.ts";

/** A person who has agreed: their open identity, signed in. Closed together. */
export interface SignedIn extends Disposable {
  readonly account: KnownAccount;
  readonly identity: Identity;
}

/** Puts an account and its open identity together. */
export function signedIn(account: KnownAccount, identity: Identity): SignedIn {
  return { account, identity, [Symbol.dispose]: () => identity.close() };
}

/**
 * Answers the index's challenge with the login key, once the keys are seen to be the account's; the API sends the session
 * from then on. Nothing is sent that is worth anything elsewhere: the statement names this index and this account.
 * @throws ClientError `ACCOUNT_KEYS`; IndexRefusal
 */
export async function signIn(
  api: IndexApi,
  repository: PinnedRepository,
  account: KnownAccount,
  identity: Identity,
): Promise<void> {
  // A CI key's account is the key's own: it says in each statement whose it is.
  const view = account.keys === undefined ? await viewAccount(api, account.name) : undefined;
  requireKeysOf(account, identity, view);
  const context = await challenge(api, repository, account.name);
  const { keyId, signature } = await identity.signStatement("login", context, {});
  const request = encodeSessionRequest({ account: account.name, nonce: context.nonce, keyId, signature });
  const { session } = decodeSession(await api.send({ method: "POST", path: apiPaths.sessions, body: request }));
  api.useSession(session);
}

/**
 * Makes an account with the keys of an identity, each proven to be held.
 * @param invitation what the operator handed out, where they let in by invitation only
 */
export async function enrol(
  api: IndexApi,
  repository: PinnedRepository,
  account: KnownAccount,
  identity: Identity,
  invitation?: string,
): Promise<void> {
  const context = await challenge(api, repository, account.name);
  const proofs = await proveEnrolment(identity, context);
  const body = encodeEnrolmentRequest({
    account: account.name,
    generation: account.generation,
    nonce: context.nonce,
    ...proofs,
    ...(invitation !== undefined && { invitation }),
  });
  await api.send({ method: "POST", path: apiPaths.accounts, body });
}

/** What the next statement to an index is bound to: a nonce of its own choice, and the address that we ask it at. */
export async function challenge(
  api: IndexApi,
  repository: PinnedRepository,
  account: string,
): Promise<StatementContext> {
  const body = encodeChallengeRequest({ account });
  const { nonce } = decodeChallenge(await api.send({ method: "POST", path: apiPaths.challenges, body }));
  return { repository: repository.id, account, peer: peerOf(repository.url), nonce };
}
