import { join } from "node:path";
import { metadataUrl, type FloorLine } from "@countermark/repository";
import { readUrl } from "../config/choose-index.ts";
import { findFolders } from "../config/folders.ts";
import { ClientError } from "../errors.ts";
import { CONTENT_FOLDER } from "../session.ts";
import { ContentCache, digest } from "../verify/cache/content-cache.ts";
import { HttpSource } from "../verify/fetch/http-source.ts";
import { limitsFor, MAX_ROOT_BYTES } from "../verify/fetch/limits.ts";
import { TrustStore, type PinnedRepository } from "../verify/state/trust-store.ts";
import { VerifiedIndex } from "../verify/verified-index.ts";
import { requireFloorLine } from "../verify/floor-line.ts";
import { readFloorLine } from "./floor.ts";
import { say } from "./report.ts";

const FINGERPRINT = /^(?:sha256:)?([0-9a-f]{64})$/i;

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
  const source = new HttpSource(repository.url);
  try {
    const firstRoot = await fetchFirstRoot(source, repository);
    const version = await pin(repository, firstRoot, source, floor);
    say(`countermark: ${repository.url} is trusted from now on (root version ${version})`);
    say("");
    say("hint: countermark run -- pip install PACKAGE");
    return 0;
  } finally {
    await source.close();
  }
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

function readFingerprint(text: string): string {
  const digits = FINGERPRINT.exec(text)?.[1];
  if (digits !== undefined) return digits.toLowerCase();
  throw new ClientError("USAGE", "the fingerprint is not a SHA-256 in hex", {
    hint: "it has 64 hex digits; the index's operator publishes it somewhere other than on the index itself",
  });
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
  floor: FloorLine | undefined,
): Promise<number> {
  const folders = findFolders();
  const cache = new ContentCache(join(folders.cache, CONTENT_FOLDER));
  const trial = TrustStore.inMemory();
  const now = Date.now();
  trial.pin(repository, firstRoot, now);
  const first = await VerifiedIndex.open({ repository, source, store: trial, cache }, now);
  if (floor !== undefined) await requireFloorLine(first, floor);
  const store = TrustStore.open(folders.config);
  try {
    store.pin(repository, firstRoot, now);
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
