import { join } from "node:path";
import type { SecureContext } from "node:tls";
import type { ProjectListing } from "@countermark/repository/verifying";
import { policiesFor, readConfiguration, type Configuration } from "./config/configuration.ts";
import { CONTENT_FOLDER, findFolders } from "./config/folders.ts";
import { settleIndex } from "./config/settle-index.ts";
import { ClientError } from "./errors.ts";
import { verifyingContext } from "./network/trust-anchors.ts";
import { keptToken } from "./verify/state/kept-token.ts";
import type { PolicyRules } from "./policy/policy.ts";
import { requirePolicy } from "./policy/require-policy.ts";
import { ContentCache } from "./verify/cache/content-cache.ts";
import { HttpSource } from "./verify/fetch/http-source.ts";
import { OfflineSource } from "./verify/fetch/offline-source.ts";
import type { Source } from "./verify/fetch/source.ts";
import { requireFloors } from "./verify/floor-line.ts";
import { offlineNotice } from "./verify/recall.ts";
import { TrustStore, type PinnedRepository } from "./verify/state/trust-store.ts";
import { VerifiedIndex, type SessionPorts } from "./verify/verified-index.ts";

/** An index with the snapshot that was pinned when it was opened. */
export interface OpenIndex extends SessionPorts {
  readonly index: VerifiedIndex;
  /** Who vouches for servers: this machine's authorities, and the one of the settings. */
  readonly trust: () => SecureContext;
}

/** One command's work with the pinned indexes: the first, and those that some names belong to. */
export interface Session extends OpenIndex {
  readonly configuration: Configuration;
  /** What would have been refused, were the user not observing. */
  readonly tolerated: ReadonlySet<string>;
  /** The indexes that names can belong to and that are trusted; the one that is meant comes first. */
  readonly repositories: readonly [PinnedRepository, ...PinnedRepository[]];
  /**
   * The one index that a project belongs to (TAP 4). `project` is normalised.
   * @throws ClientError `TRUST_MISSING`
   */
  owner(project: string): PinnedRepository;
  /** The same, opened when it is first asked for. */
  open(project: string): Promise<OpenIndex>;
  /** What the user should hear of, from every index that was opened. */
  warnings(): Promise<readonly string[]>;
  /** Writes what was found, and lets go of everything. */
  close(): Promise<void>;
}

/** How a session is opened. */
export interface SessionOptions {
  /** Works from what was verified and fetched before, and asks no index; given the lines that tell what that means. */
  readonly offline?: (notice: readonly string[]) => void;
}

/**
 * Opens the pinned index that is meant, updated to its newest snapshot.
 * @param named the URL that the user gave, if any
 * @throws ClientError
 */
export async function openSession(named: string | undefined, options: SessionOptions = {}): Promise<Session> {
  const { config, cache } = findFolders();
  const configuration = await readConfiguration(config, Date.now());
  const store = TrustStore.open(config);
  const indexes = new SessionIndexes(store, new ContentCache(join(cache, CONTENT_FOLDER)), {
    configuration,
    ...options,
  });
  try {
    const repository = await settleIndex(store, configuration, named);
    const first = await indexes.open(repository);
    void first.cache.sweep(Date.now());
    return {
      ...first,
      configuration,
      tolerated: indexes.tolerated,
      repositories: indexes.all(repository),
      owner: (project) => indexes.owner(project, repository),
      open: async (project) => await indexes.open(indexes.owner(project, repository)),
      warnings: () => indexes.warnings(),
      close: () => indexes.close(),
    };
  } catch (error) {
    await indexes.close();
    throw error;
  }
}

/** The indexes of one session, each opened at most once: a resolve never mixes two snapshots of one. */
class SessionIndexes {
  readonly tolerated = new Set<string>();
  readonly #store: TrustStore;
  readonly #cache: ContentCache;
  readonly #configuration: Configuration;
  readonly #offline: SessionOptions["offline"];
  readonly #opened = new Map<string, Promise<OpenIndex>>();
  readonly #sources: Source[] = [];
  /** As they are when the session begins: an index that is pinned meanwhile is the next session's. */
  readonly #pinned: readonly PinnedRepository[];

  constructor(
    store: TrustStore,
    cache: ContentCache,
    { configuration, offline }: SessionOptions & { readonly configuration: Configuration },
  ) {
    this.#store = store;
    this.#offline = offline;
    this.#pinned = store.repositories();
    this.#cache = cache;
    this.#configuration = configuration;
  }

  /** The index that is meant, then the others that the settings give names to and that are pinned. */
  all(first: PinnedRepository): readonly [PinnedRepository, ...PinnedRepository[]] {
    const named = new Set([...this.#configuration.user.owners].map(([, url]) => url));
    return [first, ...this.#pinned.filter(({ url }) => url !== first.url && named.has(url))];
  }

  /** The index that a project belongs to; `otherwise` if the settings name none. */
  owner(project: string, otherwise: PinnedRepository): PinnedRepository {
    const { user } = this.#configuration;
    const url = user.owners.of(project) ?? otherwise.url;
    if (url === otherwise.url) return otherwise;
    const repository = this.#pinned.find((pinned) => pinned.url === url);
    if (repository !== undefined) return repository;
    throw new ClientError("TRUST_MISSING", `${project} belongs to ${url}, which is not trusted yet`, {
      hint: `${user.path} says so: run countermark trust ${url} --root FINGERPRINT`,
    });
  }

  /** Opens an index; one that could not be opened is tried again the next time. */
  open(repository: PinnedRepository): Promise<OpenIndex> {
    const opened = this.#opened.get(repository.id);
    if (opened !== undefined) return opened;
    const opening = this.#openNew(repository);
    this.#opened.set(repository.id, opening);
    opening.catch(() => this.#opened.delete(repository.id));
    return opening;
  }

  async warnings(): Promise<readonly string[]> {
    const opened = await Promise.allSettled(this.#opened.values());
    return opened.flatMap((result) => (result.status === "fulfilled" ? result.value.index.warnings : []));
  }

  async close(): Promise<void> {
    try {
      for (const result of await Promise.allSettled(this.#opened.values())) {
        if (result.status === "fulfilled") result.value.index.flush();
      }
    } finally {
      await Promise.all(this.#sources.map((source) => source.close()));
      await this.#cache.settled();
      this.#store.close();
    }
  }

  async #openNew(repository: PinnedRepository): Promise<OpenIndex> {
    const { ca } = this.#configuration.user;
    const trust = () => verifyingContext(ca);
    const source =
      this.#offline === undefined
        ? new HttpSource(repository.url, process.env, trust, () => keptToken(this.#store, repository))
        : new OfflineSource(repository.url);
    const places = policiesFor(this.#configuration, repository.url);
    this.#sources.push(source);
    const ports: SessionPorts = {
      ...{ store: this.#store, cache: this.#cache, repository, source },
      admit: (listing) => {
        this.#admit(listing, places);
      },
    };
    const now = Date.now();
    const asking = this.#offline === undefined;
    const index = asking ? await VerifiedIndex.open(ports, now) : await VerifiedIndex.recall(ports, now);
    const settled = this.#configuration.project?.index;
    await requireFloors(index, repository.id, settled?.url === repository.url ? settled.floor : undefined);
    const { trustedTime } = this.#store.trusted(repository.id);
    this.#offline?.(offlineNotice(repository.url, index.set, trustedTime));
    return { ...ports, index, trust };
  }

  #admit(listing: ProjectListing, places: readonly PolicyRules[]): void {
    try {
      requirePolicy(listing, places);
    } catch (error) {
      if (!this.#configuration.observing || !(error instanceof ClientError)) throw error;
      this.tolerated.add(error.message);
    }
  }
}
