import { existsSync } from "node:fs";
import { join } from "node:path";
import { metadataUrl, type FloorLine } from "@countermark/repository/verifying";
import { CONTENT_FOLDER, findFolders } from "../config/folders.ts";
import { readUserSettings } from "../config/user-settings.ts";
import { ClientError } from "../errors.ts";
import type { ReadToken } from "../network/read-token.ts";
import { verifyingContext } from "../network/trust-anchors.ts";
import { ContentCache, digest } from "./cache/content-cache.ts";
import { HttpSource } from "./fetch/http-source.ts";
import { limitsFor, MAX_ROOT_BYTES } from "./fetch/limits.ts";
import { requireFloors } from "./floor-line.ts";
import { STATE_FILE } from "./state/database.ts";
import { keptToken } from "./state/kept-token.ts";
import { TrustStore, type PinnedRepository } from "./state/trust-store.ts";
import { VerifiedIndex } from "./verified-index.ts";

/** What is known beforehand of an index that is to be pinned. */
export interface Known {
  /** Nothing below it is accepted. */
  readonly floor?: FloorLine | undefined;
  /** With what it is read; kept once the index is pinned. One that is kept already counts where none is given. */
  readonly token?: ReadToken | undefined;
}

/**
 * Pins an index by the fingerprint of its first root. Nothing is written unless that root is the one meant and leads, by an
 * unbroken chain, to an index that is up to date and not below `floor`. Returns the version of its root.
 * @throws ClientError
 */
export async function pinIndex(repository: PinnedRepository, known: Known = {}): Promise<number> {
  const { config } = findFolders();
  const { ca } = await readUserSettings(config);
  const token = known.token ?? tokenOfPinned(config, repository);
  const trust = () => verifyingContext(ca);
  const source = new HttpSource(repository.url, process.env, trust, () => token);
  try {
    return await pin(repository, await fetchFirstRoot(source, repository), source, known);
  } finally {
    await source.close();
  }
}

/** A token is kept for a fingerprint and an address: whoever names only one of the two does not get it. */
function tokenOfPinned(config: string, { id, url }: PinnedRepository): ReadToken | undefined {
  if (!existsSync(join(config, STATE_FILE))) return undefined;
  const store = TrustStore.open(config);
  try {
    const pinned = store.repositories().find((other) => other.id === id && other.url === url);
    return pinned === undefined ? undefined : keptToken(store, pinned);
  } finally {
    store.close();
  }
}

async function fetchFirstRoot(source: HttpSource, { url, id }: PinnedRepository): Promise<Uint8Array> {
  const path = metadataUrl("root", 1);
  const bytes = await source.bytes(path, { ...limitsFor(MAX_ROOT_BYTES), gzip: true });
  if (bytes === undefined) {
    throw new ClientError("INDEX_INCOMPLETE", `${url}${path} is not there`, {
      hint: "is this the address of a Countermark index? It ends before /simple/",
    });
  }
  const fingerprint = digest(bytes);
  if (fingerprint === id) return bytes;
  throw new ClientError("TRUST_FINGERPRINT", `the first root of ${url} has the fingerprint ${fingerprint}, not ${id}`, {
    hint: "either the fingerprint is mistyped, or this is not the index you mean: do not trust it; nothing was written",
  });
}

/** Tries everything in a state of its own, in memory, before anything is written. */
async function pin(
  repository: PinnedRepository,
  firstRoot: Uint8Array,
  source: HttpSource,
  { floor: named, token }: Known,
): Promise<number> {
  const folders = findFolders();
  const cache = new ContentCache(join(folders.cache, CONTENT_FOLDER));
  const trial = TrustStore.inMemory();
  const now = Date.now();
  trial.pin(repository, firstRoot, now);
  const first = await VerifiedIndex.open({ repository, source, store: trial, cache }, now);
  const floor = await requireFloors(first, repository.id, named);
  const store = TrustStore.open(folders.config);
  try {
    store.pin(repository, firstRoot, now);
    if (token !== undefined) store.keepReadToken(repository.id, token.reveal());
    if (floor !== undefined) store.remember(repository.id, { floors: floor.roles });
    // From what is pinned already, if it is: never from what the trial found alone.
    const index = await VerifiedIndex.open({ repository, source, store, cache }, now);
    index.flush();
    return first.set.root.signed.version;
  } finally {
    trial.close();
    store.close();
  }
}
