import type { Identity } from "@countermark/identity";
import { apiPaths, decodeAccountView, type AccountView } from "@countermark/repository";
import { readPublicKey, computeKeyId, type JsonObject } from "@countermark/tuf";
import { ClientError } from "../errors.ts";
import type { PinnedRepository, TrustStore } from "../verify/state/trust-store.ts";
import type { IndexApi } from "./index-api.ts";
import { namedSource, readAccountName, type KeySource, type SigningOptions } from "./key-source.ts";

/** Who this user is to an index. */
export interface KnownAccount {
  readonly name: string;
  /** Of a derived identity. */
  readonly generation: number;
  readonly source: KeySource;
  /** Identities of the public keys; not yet known where this machine has not seen the account before. */
  readonly keys?: { readonly release: string; readonly login: string } | undefined;
}

/** Where records of accounts are kept. */
export type AccountBook = Pick<TrustStore, "accounts" | "rememberAccount">;

/**
 * The account that a command signs for: the one that is named, else the one used last on this machine. Of one that this
 * machine has not seen, the index tells the generation; if it lies, the keys that come out are nobody's.
 * @throws ClientError `ACCOUNT_MISSING`, `USAGE`
 */
export async function chooseAccount(
  book: AccountBook,
  { id, url }: PinnedRepository,
  options: SigningOptions,
  api: IndexApi,
): Promise<KnownAccount> {
  const name = options.account === undefined ? undefined : readAccountName(options.account);
  const known = readBook(book, id).find((account) => name === undefined || account.name === name);
  const source = namedSource(options);
  if (known !== undefined) return source === undefined ? known : { ...known, ...withSource(known, source) };
  if (name === undefined) {
    throw new ClientError("ACCOUNT_MISSING", `this machine knows no account of ${url}`, {
      hint: `name one with --account NAME; countermark login ${url} --account NAME makes one where there is none`,
    });
  }
  const view = await viewAccount(api, name);
  if (view === undefined) throw noAccount(name, url);
  return { name, generation: view.generation, source: source ?? { kind: "phrase" } };
}

/** What an index says of an account; `undefined` when there is none. */
export async function viewAccount(api: IndexApi, name: string): Promise<AccountView | undefined> {
  const body = await api.find(apiPaths.account(name));
  return body === undefined ? undefined : decodeAccountView(body);
}

/** Keeps who signed, for the next time: names and public keys. */
export function remember(book: AccountBook, repository: string, account: KnownAccount, identity: Identity): void {
  const { release, login } = identity.publicKeys;
  if (identity.kind === "ci") return;
  const { name, generation, source } = account;
  const row = { name, generation, source: JSON.stringify(source), release: release.identity, login: login.identity };
  book.rememberAccount(repository, row, Date.now());
}

/**
 * Whether opened keys are those of the account, before anything is signed: any passphrase is some identity.
 * @throws ClientError `ACCOUNT_KEYS`
 */
export function requireKeysOf(account: KnownAccount, identity: Identity, view?: AccountView): void {
  const { release, login } = identity.publicKeys;
  const known = account.keys;
  if (release.identity === known?.release && login.identity === known.login) return;
  const enrolled = view?.keys.some(
    (keys) => identityOf(keys.release) === release.identity && identityOf(keys.login) === login.identity,
  );
  if (enrolled === true) return;
  throw new ClientError("ACCOUNT_KEYS", `these are not the keys of the account ${account.name}`, {
    hint:
      identity.kind === "passphrase"
        ? "a word is mistyped, or it is the passphrase of another account; nothing was sent"
        : "another machine of the account can let them in: countermark identity admit",
  });
}

function readBook(book: AccountBook, repository: string): readonly KnownAccount[] {
  return book.accounts(repository).map(({ name, generation, source, release, login }) => ({
    name,
    generation,
    // What this client wrote itself.
    source: JSON.parse(source) as KeySource,
    keys: { release, login },
  }));
}

/** Another source is other keys, unless it is the same one. */
function withSource(known: KnownAccount, source: KeySource): Pick<KnownAccount, "source" | "keys"> {
  const same = JSON.stringify(known.source) === JSON.stringify(source);
  return same && known.keys !== undefined ? { source, keys: known.keys } : { source };
}

/** The identity of a key object that an index shows; none of one that cannot be read. */
export function identityOf(json: JsonObject): string | undefined {
  try {
    return readPublicKey(computeKeyId(json), json).identity;
  } catch {
    return undefined;
  }
}

function noAccount(name: string, url: string): ClientError {
  return new ClientError("ACCOUNT_MISSING", `${url} has no account ${name}`, {
    hint: `countermark login ${url} --account ${name} makes one`,
  });
}
