import { deviceFiles, osKeychain, proveEnrolment, type Identity } from "@countermark/identity";
import { askNewOwnPassphrase, askNewPassphrase } from "@countermark/identity/prompt";
import { apiPaths, encodeAdmissionRequest, type AccountView } from "@countermark/repository";
import type { PinnedRepository } from "../verify/state/trust-store.ts";
import { requireKeysOf, viewAccount, type KnownAccount } from "./account-book.ts";
import type { IndexApi } from "./index-api.ts";
import { namedSource, passphraseSource, readAccountName, type SigningOptions } from "./key-source.ts";
import { openDerived, openIdentity } from "./open-identity.ts";
import { challenge, enrol, signedIn, signIn, type SignedIn } from "./sign-in.ts";

/** What `login` was asked for beyond what all signing commands take. */
export interface LoginOptions extends SigningOptions {
  /** The operator's invitation. */
  readonly invitation?: string;
  /** Keep the machine key's secret in the system's keychain instead of under a passphrase. */
  readonly keychain?: boolean;
  readonly devicePassphraseFd?: number;
}

/** What came of a login. */
export interface LoggedIn extends SignedIn {
  /** Whether the account is new. */
  readonly made: boolean;
}

/** Makes identity and account where there is none, else answers a challenge. The caller closes what comes back. */
export async function login(
  api: IndexApi,
  repository: PinnedRepository,
  name: string,
  options: LoginOptions,
): Promise<LoggedIn> {
  const account = readAccountName(name);
  const view = await viewAccount(api, account);
  const known = {
    name: account,
    generation: view?.generation ?? 1,
    source: namedSource(options) ?? { kind: "phrase" },
  } as const;
  const identity = await open(repository, known, options, view);
  try {
    if (view === undefined) await enrol(api, repository, known, identity, options.invitation);
    const { release, login } = identity.publicKeys;
    await signIn(api, repository, { ...known, keys: { release: release.identity, login: login.identity } }, identity);
    return { ...signedIn(known, identity), made: view === undefined };
  } catch (error) {
    identity.close();
    throw error;
  }
}

/** Keys of an account that is there are opened and compared; those of a new one may have to be made. */
async function open(
  repository: PinnedRepository,
  known: KnownAccount,
  options: LoginOptions,
  view: AccountView | undefined,
): Promise<Identity> {
  const account = { repository: repository.id, account: known.name };
  // Whoever logs in has agreed by that: nothing is signed but that it is them.
  const request = { account, generation: known.generation, source: known.source, options: { ...options, yes: true } };
  if (view === undefined && (known.source.kind === "phrase" || known.source.kind === "own")) {
    const source = passphraseSource(options, known.source.kind);
    return await openDerived(request, await askNewPassphrase("Your passphrase", "identity", source));
  }
  const title =
    view === undefined
      ? `New account ${known.name} of ${repository.url}`
      : `Passphrase of ${known.name} at ${repository.url}`;
  const identity = await openIdentity({ ...request, title });
  if (view !== undefined) requireKeysOf(known, identity, view);
  return identity;
}

/**
 * Makes a machine key in a sealed file and lets it into the account, by the identity that is in already. From then on this
 * machine signs with it; the passphrase stays what opens the account elsewhere.
 * @returns the new identity, which the caller closes
 */
export async function admitThisMachine(
  api: IndexApi,
  repository: PinnedRepository,
  { account, identity }: LoggedIn,
  path: string,
  options: LoginOptions,
): Promise<Identity> {
  const device = await makeDeviceKey({ repository: repository.id, account: account.name }, path, options);
  try {
    await admit(api, repository, account.name, identity, device);
    return device;
  } catch (error) {
    device.close();
    throw error;
  }
}

async function makeDeviceKey(account: { repository: string; account: string }, path: string, options: LoginOptions) {
  if (options.keychain === true) {
    return await deviceFiles.create(path, account, { form: "keychain", keychain: osKeychain() });
  }
  const { devicePassphraseFd: descriptor } = options;
  const lock = await askNewOwnPassphrase("device", descriptor === undefined ? {} : { descriptor });
  try {
    return await deviceFiles.create(path, account, lock);
  } finally {
    lock.bytes.fill(0);
  }
}

async function admit(
  api: IndexApi,
  repository: PinnedRepository,
  account: string,
  by: Identity,
  newcomer: Identity,
): Promise<void> {
  const context = await challenge(api, repository, account);
  const proofs = await proveEnrolment(newcomer, context);
  const { release, login } = newcomer.publicKeys;
  const admission = await by.signStatement("admit", context, { release: release.identity, login: login.identity });
  const { keyId, signature } = admission;
  const body = encodeAdmissionRequest({ nonce: context.nonce, keyId, signature, ...proofs });
  await api.send({ method: "POST", path: apiPaths.accountKeys(account), body });
}
