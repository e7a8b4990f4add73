import { join } from "node:path";
import { chooseIndex } from "./config/choose-index.ts";
import { findFolders } from "./config/folders.ts";
import { readSettings } from "./config/settings.ts";
import { ContentCache } from "./verify/cache/content-cache.ts";
import { HttpSource } from "./verify/fetch/http-source.ts";
import { TrustStore, type PinnedRepository } from "./verify/state/trust-store.ts";
import { VerifiedIndex, type SessionPorts } from "./verify/verified-index.ts";

/** Fetched files, metadata and distributions alike, below the cache folder. */
export const CONTENT_FOLDER = "content";

/** One command's work with one pinned index. */
export interface Session extends SessionPorts {
  /** The snapshot that the command sees, pinned when the session was opened. */
  readonly index: VerifiedIndex;
  /** Writes what was found, and lets go of everything. */
  close(): Promise<void>;
}

/** Opens the trusted state alone, without asking the network. The caller closes it. */
export async function openTrust(
  named: string | undefined,
): Promise<{ store: TrustStore; repository: PinnedRepository }> {
  const { config } = findFolders();
  const settings = await readSettings(config);
  const store = TrustStore.open(config);
  try {
    return { store, repository: chooseIndex(store.repositories(), named, settings.index) };
  } catch (error) {
    store.close();
    throw error;
  }
}

/**
 * Opens the pinned index that is meant, updated to its newest snapshot.
 * @param named the URL that the user gave, if any
 * @throws ClientError
 */
export async function openSession(named: string | undefined): Promise<Session> {
  const { store, repository } = await openTrust(named);
  const source = new HttpSource(repository.url);
  const cache = new ContentCache(join(findFolders().cache, CONTENT_FOLDER));
  const ports: SessionPorts = { store, repository, source, cache };
  try {
    const index = await VerifiedIndex.open(ports, Date.now());
    void cache.sweep(Date.now());
    return {
      ...ports,
      index,
      async close() {
        try {
          index.flush();
        } finally {
          await release(ports);
        }
      },
    };
  } catch (error) {
    await release(ports);
    throw error;
  }
}

async function release({ source, store, cache }: SessionPorts): Promise<void> {
  await source.close();
  await cache.settled();
  store.close();
}
