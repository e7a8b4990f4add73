import { join } from "node:path";
import { remember } from "../../account/account-book.ts";
import type { IndexApi } from "../../account/index-api.ts";
import { openApi } from "../../account/open-api.ts";
import { admitThisMachine, login as signInOrEnrol, type LoggedIn, type LoginOptions } from "../../account/login.ts";
import { readUrl } from "../../config/choose-index.ts";
import { findFolders } from "../../config/folders.ts";
import { ClientError } from "../../errors.ts";
import { openSession, type Session } from "../../session.ts";
import { trust } from "../trust.ts";
import { say } from "../report.ts";

/** The sealed machine key, in the config folder. */
const DEVICE_KEY_FILE = "device.key";

/** What `countermark login` was asked for. */
export interface LoginCommandOptions extends LoginOptions {
  /** The fingerprint of an index that is not trusted yet. */
  readonly root?: string;
  /** With it: an open descriptor with the read token of a private index. */
  readonly tokenFd?: number;
}

/** Makes identity and account where there is none, else shows that the account is this person's. */
export async function login(url: string, options: LoginCommandOptions): Promise<number> {
  if (options.account === undefined) {
    throw new ClientError("ACCOUNT_MISSING", "an account has a name", {
      hint: `countermark login ${url} --account NAME; others see the name`,
    });
  }
  const { root, tokenFd } = options;
  if (root === undefined && tokenFd !== undefined) {
    throw new ClientError("USAGE", "--token-fd goes with --root: a trusted index has its token already", {
      hint: "countermark trust URL --root FINGERPRINT --token-fd N gives it another one",
    });
  }
  if (root !== undefined) await trust(url, { root, ...(tokenFd !== undefined && { tokenFd }) });
  const session = await openSession(readUrl(url));
  const api = openApi(session);
  try {
    using loggedIn = await signInOrEnrol(api, session.repository, options.account, options);
    say(described(loggedIn, session.repository.url));
    if (options.device === true) await useThisMachine(session, api, loggedIn, options);
    else remember(session.store, session.repository.id, loggedIn.account, loggedIn.identity);
    return 0;
  } finally {
    await api.close();
    await session.close();
  }
}

async function useThisMachine(
  session: Session,
  api: IndexApi,
  loggedIn: LoggedIn,
  options: LoginOptions,
): Promise<void> {
  const path = join(findFolders().config, DEVICE_KEY_FILE);
  using device = await admitThisMachine(api, session.repository, loggedIn, path, options);
  remember(session.store, session.repository.id, { ...loggedIn.account, source: { kind: "device", path } }, device);
  say(`countermark: this machine has a key of its own now (${path}); its thief needs what opens that file, too`);
}

/** One sentence says which keys these are, and what a thief of what could do. */
const THEFT = {
  passphrase:
    "whoever learns the passphrase is you; whoever has the index can only guess it, at full price for each try",
  device: "whoever has this machine's file and what opens it is you",
  "key-file": "whoever has the key file, and its passphrase if it has one, is you",
  "ssh-agent": "whoever can use the key in the agent signs as you; the passphrase alone cannot",
  ci: "whoever has the CI key signs lists of files of its one project until it ends",
} as const;

function described({ account, identity, made }: LoggedIn, url: string): string {
  const what = made ? `the account ${account.name} is made` : `you are ${account.name}`;
  const key = identity.publicKeys.release.identity.slice(0, 12);
  return `countermark: ${what} at ${url}, with the key ${key}; ${THEFT[identity.kind]}`;
}
