import { readUrl } from "../config/choose-index.ts";
import { findFolders } from "../config/folders.ts";
import { readFingerprint } from "../config/read-fingerprint.ts";
import { ClientError } from "../errors.ts";
import { requireSafeWay, type ReadToken } from "../network/read-token.ts";
import { pinIndex, type Known } from "../verify/pin-index.ts";
import { TrustStore, type PinnedRepository } from "../verify/state/trust-store.ts";
import { readFloorLine } from "./floor.ts";
import { say } from "./report.ts";

/** What `countermark trust` was asked for. */
export interface TrustOptions {
  readonly root: string;
  /** What somebody else saw of the index: nothing older is accepted. */
  readonly floor?: string;
  /** An open descriptor with the read token of a private index. */
  readonly tokenFd?: number;
}

/**
 * Pins an index by the fingerprint of its first root. Nothing is written unless that root is the one meant and leads, by an
 * unbroken chain, to an index that is up to date.
 */
export async function trust(url: string, options: TrustOptions): Promise<number> {
  const repository = { url: readUrl(url), id: readFingerprint(options.root) };
  const floor = options.floor === undefined ? undefined : readFloorLine(options.floor);
  const token = options.tokenFd === undefined ? undefined : await readGiven(repository.url, options.tokenFd);
  const { version, kept } = await pin(repository, { floor, token });
  say(`countermark: ${repository.url} is trusted from now on (root version ${version})`);
  if (kept)
    say("countermark: its read token is kept in the config folder, for you alone to read, and sent to it alone");
  say("");
  say("hint: countermark run -- pip install PACKAGE");
  return 0;
}

/** A way on which the token would be read by others is refused before it is taken. */
async function readGiven(url: string, descriptor: number): Promise<ReadToken> {
  requireSafeWay(new URL(url));
  const { readTokenDescriptor } = await import("../prompt/read-token.ts");
  return await readTokenDescriptor(url, descriptor);
}

/** Asks for the token of a private index where none was given and somebody is there to ask. */
async function pin(repository: PinnedRepository, known: Known): Promise<{ version: number; kept: boolean }> {
  try {
    return { version: await pinIndex(repository, known), kept: known.token !== undefined };
  } catch (error) {
    const isPrivate = error instanceof ClientError && error.code === "TOKEN_NEEDED";
    if (!isPrivate || known.token !== undefined) throw error;
    requireSafeWay(new URL(repository.url));
    const { askReadToken } = await import("../prompt/read-token.ts");
    const token = await askReadToken(repository.url);
    if (token === undefined) throw error;
    return { version: await pinIndex(repository, { ...known, token }), kept: true };
  }
}

/** Unpins an index: its roots, floors and verdicts are forgotten, and its read token with them. */
export function forget(url: string): number {
  const base = readUrl(url);
  const store = TrustStore.open(findFolders().config);
  try {
    if (!store.forget(base)) throw new ClientError("TRUST_MISSING", `${base} was not trusted`);
    say(`countermark: ${base} is no longer trusted`);
    return 0;
  } finally {
    store.close();
  }
}
