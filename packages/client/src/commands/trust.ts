import { readUrl } from "../config/choose-index.ts";
import { findFolders } from "../config/folders.ts";
import { readFingerprint } from "../config/read-fingerprint.ts";
import { ClientError } from "../errors.ts";
import { pinIndex } from "../verify/pin-index.ts";
import { TrustStore } from "../verify/state/trust-store.ts";
import { readFloorLine } from "./floor.ts";
import { say } from "./report.ts";

/** What `countermark trust` was asked for. */
export interface TrustOptions {
  readonly root: string;
  /** What somebody else saw of the index: nothing older is accepted. */
  readonly floor?: string;
}

/**
 * Pins an index by the fingerprint of its first root. Nothing is written unless that root is the one meant and leads, by an
 * unbroken chain, to an index that is up to date.
 */
export async function trust(url: string, options: TrustOptions): Promise<number> {
  const repository = { url: readUrl(url), id: readFingerprint(options.root) };
  const floor = options.floor === undefined ? undefined : readFloorLine(options.floor);
  const version = await pinIndex(repository, floor);
  say(`countermark: ${repository.url} is trusted from now on (root version ${version})`);
  say("");
  say("hint: countermark run -- pip install PACKAGE");
  return 0;
}

/** Unpins an index: its roots, floors and verdicts are forgotten. */
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
