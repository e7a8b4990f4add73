import {
  agentIdentity,
  agentOf,
  deviceFiles,
  IdentityError,
  listAgentKeys,
  openKeyFileIdentity,
  openPassphraseIdentity,
  osKeychain,
  type Account,
  type AgentReleaseKey,
  type Identity,
  type Passphrase,
} from "@countermark/identity";
import { askPassphrase } from "@countermark/identity/prompt";
import { ClientError } from "../errors.ts";
import { askForYes } from "../prompt/questions.ts";
import { passphraseSource, type KeySource, type SigningOptions } from "./key-source.ts";

/** Whose identity is opened, and how the person is asked. */
export interface OpeningRequest {
  readonly account: Account;
  /** Of a derived identity. */
  readonly generation: number;
  readonly source: KeySource;
  readonly options: SigningOptions;
  /** What the prompt says: the answer to it is the consent. */
  readonly title: string;
}

/**
 * Opens the identity that an account has on this machine, asking for what opens it. Whoever opened it closes it.
 * @throws ClientError `KEY_MISSING`; IdentityError
 */
export async function openIdentity(request: OpeningRequest): Promise<Identity> {
  const { source, options, title } = request;
  switch (source.kind) {
    case "phrase":
    case "own":
      return await openDerived(request, await askPassphrase(title, passphraseSource(options, source.kind)));
    case "key-file":
      return await openKeyFile(source.path, request);
    case "device":
      return await openDevice(source.path, request);
    case "ssh-agent":
      return await openAgentKey(source.key, request);
  }
}

/** The identity that a passphrase is. The passphrase is overwritten. */
export async function openDerived(
  { account, generation }: Pick<OpeningRequest, "account" | "generation">,
  passphrase: Passphrase,
): Promise<Identity> {
  try {
    return await openPassphraseIdentity(passphrase, { ...account, generation });
  } finally {
    passphrase.bytes.fill(0);
  }
}

/** A file without a passphrase asks for a yes in its place: the prompt is the consent. */
async function openKeyFile(path: string, { account, options, title }: OpeningRequest): Promise<Identity> {
  if (options.passphraseFd === undefined) {
    const identity = await openUnlocked(path, account);
    if (identity !== undefined && options.yes !== true) await askForYes(`${title}: sign?`);
    if (identity !== undefined) return identity;
  }
  const { bytes } = await askPassphrase(`${title}\nPassphrase of ${path}`, passphraseSource(options, "own"));
  try {
    return await openKeyFileIdentity(path, account, bytes);
  } finally {
    bytes.fill(0);
  }
}

/** `undefined` where the file is locked. */
async function openUnlocked(path: string, account: Account): Promise<Identity | undefined> {
  try {
    return await openKeyFileIdentity(path, account);
  } catch (error) {
    if (error instanceof IdentityError && error.code === "IDENTITY_LOCKED") return undefined;
    throw error;
  }
}

async function openDevice(path: string, { account, options, title }: OpeningRequest): Promise<Identity> {
  const form = await deviceFiles.lockOf(path);
  if (form === "keychain") {
    if (options.yes !== true) await askForYes(`${title}: sign?`);
    return await deviceFiles.open(path, account, { form, keychain: osKeychain() });
  }
  const passphrase = await askPassphrase(`${title}\nPassphrase of this machine's key`, passphraseSource(options, form));
  try {
    return await deviceFiles.open(path, account, passphrase);
  } finally {
    passphrase.bytes.fill(0);
  }
}

/** The release key stays in the agent; the login key is the passphrase's. */
async function openAgentKey(key: string, request: OpeningRequest): Promise<Identity> {
  const agent = agentOf(process.env);
  const release = chooseAgentKey(await listAgentKeys(agent), key);
  const form = request.options.ownPassphrase === true ? "own" : "phrase";
  const login = await openDerived(request, await askPassphrase(request.title, passphraseSource(request.options, form)));
  return agentIdentity(agent, release, login);
}

function chooseAgentKey(keys: Awaited<ReturnType<typeof listAgentKeys>>, wanted: string): AgentReleaseKey {
  const usable = keys.filter((key) => key.kind === "release");
  const matching = usable.filter(
    ({ publicKey, comment }) => wanted === "" || publicKey.identity.startsWith(wanted) || comment === wanted,
  );
  const [only] = matching;
  if (only !== undefined && matching.length === 1) return only;
  const there = usable.map(({ publicKey, comment }) => `${publicKey.identity.slice(0, 12)} (${comment})`).join(", ");
  throw new ClientError("KEY_MISSING", `the ssh-agent holds ${matching.length} keys that are meant, not one`, {
    hint:
      there === "" ? "ssh-add FILE adds one: Ed25519 or ECDSA P-256" : `name one with --ssh-agent KEY, of: ${there}`,
  });
}
