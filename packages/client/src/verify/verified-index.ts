import {
  ciEndWarning,
  fileUrl,
  isDeveloperRole,
  listProject,
  metadataUrl,
  requireInstallable,
  SHARDED_ROLES,
  shardOf,
  shardRole,
  targetUrl,
  type ProjectListing,
  type ReleaseFile,
} from "@countermark/repository/verifying";
import { formatTime, TufError, type TrustedSet } from "@countermark/tuf";
import { ClientError } from "../errors.ts";
import { digest, type ContentCache, type OpenContent } from "./cache/content-cache.ts";
import { CORE_METADATA_SUFFIX, requireOwnMetadata } from "./core-metadata.ts";
import { askAhead } from "./fetch/ask-ahead.ts";
import type { Source } from "./fetch/source.ts";
import { limitsFor, MAX_CORE_METADATA_BYTES, MAX_DISTRIBUTION_BYTES, MAX_TIMESTAMP_BYTES } from "./fetch/limits.ts";
import { asRefusal } from "./refusal.ts";
import { recall } from "./recall.ts";
import { refresh } from "./refresh.ts";
import { ProjectMemory } from "./project-memory.ts";
import { RoleLoader } from "./role-loader.ts";
import type { PinnedRepository, TrustStore } from "./state/trust-store.ts";
import { Unwritten } from "./state/unwritten.ts";

/** How long before a list loses its keys of CI whoever installs from it hears of it. */
const WARN_OF_CI_MS = 14 * 24 * 60 * 60 * 1000;

/** What a session works with. */
export interface SessionPorts {
  readonly repository: PinnedRepository;
  readonly source: Source;
  readonly store: TrustStore;
  /** For metadata and distributions alike. */
  readonly cache: ContentCache;
  /** Throws when nothing of a project may be installed here though it verifies: the installer's own policy. */
  readonly admit?: (listing: ProjectListing) => void;
  /** This machine's clock, in milliseconds since the epoch; the system's if left out. */
  readonly clock?: () => number;
}

/** A file of metadata that ends to count, and when. */
interface End {
  readonly role: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** A file that may be installed, with whoever stands behind it. */
export interface ListedFile {
  readonly listing: ProjectListing;
  readonly file: ReleaseFile;
}

/**
 * An index as one verified snapshot shows it: whatever is asked of it is answered from that snapshot alone, so that no
 * resolve ever mixes two.
 */
export class VerifiedIndex {
  readonly set: TrustedSet;
  readonly roles: RoleLoader;
  readonly #memory: ProjectMemory;
  readonly #unwritten: Unwritten;
  readonly #ports: SessionPorts;
  /** What users should hear of files that they were given. */
  readonly #ending = new Set<string>();
  readonly #listings = new Map<string, Promise<ProjectListing>>();
  /** What of each listing's metadata expires first. */
  readonly #ends = new Map<string, End>();
  /**
   * Downloads under way, by SHA-256, and whether they were right: an installer that asks again, or two that ask at once,
   * wait for the same one.
   */
  readonly #downloads = new Map<string, Promise<boolean | undefined>>();

  private constructor(set: TrustedSet, ports: SessionPorts) {
    this.set = set;
    this.#ports = ports;
    this.#unwritten = new Unwritten(ports.repository.id, ports.store);
    this.roles = new RoleLoader(set, { ...ports, unwritten: this.#unwritten, repositoryId: ports.repository.id });
    this.#memory = new ProjectMemory(ports.repository.id, ports.store, this.#unwritten, {
      root: set.root.signed.version,
      snapshot: set.snapshot?.signed.version ?? 0,
    });
  }

  /**
   * Updates to the newest snapshot and pins it.
   * @param now this machine's clock, in milliseconds since the epoch
   * @throws ClientError
   */
  static async open(ports: SessionPorts, now: number): Promise<VerifiedIndex> {
    const index = new VerifiedIndex(await update(ports, now), ports);
    await index.roles.load("targets", "root"); // 5.6.1: without it nothing can be listed, so it is asked for at once
    return index;
  }

  /**
   * Pins the snapshot that was verified last, without asking the index whether there is a newer one.
   * @param now as for {@link VerifiedIndex.open}
   * @throws ClientError as `recall`, and whatever loading `targets` refuses
   */
  static async recall(ports: SessionPorts, now: number): Promise<VerifiedIndex> {
    const index = new VerifiedIndex(recalled(ports, now), ports);
    await index.roles.load("targets", "root");
    return index;
  }

  /** When this snapshot ends to say how the index is now, in milliseconds since the epoch (TUF 5.3.10, 5.4.4, 5.5.6). */
  get freshUntil(): number {
    return this.#topLevelEnd().expires;
  }

  /** What a user should hear of: projects that changed hands, and what was installed and will soon not be. One line each. */
  get warnings(): readonly string[] {
    return [...this.#memory.warnings, ...this.#ending];
  }

  /** What the verified roles say of a project, the operator's withdrawals among it. `project` is normalised. */
  async listing(project: string): Promise<ProjectListing> {
    const started = this.#listings.get(project);
    if (started !== undefined) return await started;
    const listing = this.#list(project);
    this.#listings.set(project, listing);
    listing.catch(() => this.#listings.delete(project));
    return await listing;
  }

  /**
   * A project of which something may be installed; `undefined` when it is verified that there is none.
   * @throws ClientError `WITHDRAWN` when the operator withdrew or quarantined it, `METADATA_EXPIRED` also when it expired
   *   since the snapshot was opened, whatever verification refuses, and whatever `admit` throws
   */
  async project(project: string): Promise<ProjectListing | undefined> {
    const listing = await this.listing(project);
    const now = this.#requireFresh(project);
    try {
      requireInstallable(listing);
      this.#requirePersons(listing, now);
    } catch (error) {
      throw asRefusal(error);
    }
    this.#ports.admit?.(listing);
    return listing.exists ? listing : undefined;
  }

  /** A file by its name; `undefined` when it is verified that there is none. */
  async find(project: string, filename: string): Promise<ListedFile | undefined> {
    const listing = await this.project(project);
    const withdrawn = listing?.withdrawn.find((file) => file.filename === filename);
    if (withdrawn !== undefined) throw withdrawnFile(withdrawn);
    const file = listing?.files.find((candidate) => candidate.filename === filename);
    return listing === undefined || file === undefined ? undefined : { listing, file };
  }

  /**
   * The verified bytes of a file, held open; the caller closes the handle.
   * @throws ClientError `FILE_MISMATCH`, `FILE_METADATA`, `INDEX_OVERSIZED`, and whatever fetching and the cache throw
   */
  async open({ listing, file }: ListedFile): Promise<OpenContent> {
    if (file.length > MAX_DISTRIBUTION_BYTES) throw oversized(file);
    const content = await this.#cached(listing.project, file);
    try {
      await requireOwnMetadata(content, file, this.#ports.store, this.#unwritten);
      this.#warnOfCiEnd(listing);
      this.#memory.handOut(listing.project, file.filename, file.sha256);
      // Before the first byte is handed out: who ends this process must not end the memory of it.
      await this.#unwritten.writeTogether();
      return content;
    } catch (error) {
      await content.handle.close();
      throw error;
    }
  }

  /** The METADATA that was signed with a file (PEP 658); `undefined` when none was. */
  async coreMetadata({ listing, file }: ListedFile): Promise<Uint8Array | undefined> {
    if (file.coreMetadata === undefined) return undefined;
    const { cache, source } = this.#ports;
    const cached = await cache.get(file.coreMetadata, MAX_CORE_METADATA_BYTES);
    if (cached !== undefined) return cached;
    const path = fileUrl(listing.project, file.filename) + CORE_METADATA_SUFFIX;
    const bytes = await source.bytes(path, { ...limitsFor(MAX_CORE_METADATA_BYTES), gzip: true });
    if (bytes === undefined) throw missing(path);
    if (digest(bytes) !== file.coreMetadata) throw mismatch(`${file.filename}${CORE_METADATA_SUFFIX}`);
    await cache.put(bytes);
    return bytes;
  }

  /** When a project's list loses the keys of CI that it needs, in milliseconds since the epoch; `undefined`: it needs none. */
  ciEnd({ chain }: Pick<ProjectListing, "chain">): number | undefined {
    const [owners = "", release = ""] = chain.slice(-2);
    return owners.startsWith("p.") ? this.roles.ciEnd(release, owners) : undefined;
  }

  #warnOfCiEnd(listing: ProjectListing): void {
    const end = this.ciEnd(listing);
    const now = (this.#ports.clock ?? Date.now)();
    if (end !== undefined && end - now <= WARN_OF_CI_MS) this.#ending.add(ciEndWarning(listing.project, end));
  }

  /** Writes what was found to the trusted state. */
  flush(): void {
    this.#unwritten.write();
  }

  async #list(project: string): Promise<ProjectListing> {
    this.#prefetch(project);
    try {
      const used: string[] = [];
      const listing = await listProject(async (role, delegator) => {
        used.push(role);
        return await this.roles.load(role, delegator);
      }, project);
      this.#ends.set(project, this.#firstEnd(used));
      this.#requirePersons(listing);
      if (listing.withdrawnKeys.size > 0) this.#requireWithoutWithdrawnKeys(listing);
      await this.#memory.see(listing, this.roles);
      return listing;
    } catch (error) {
      throw asRefusal(error);
    }
  }

  /** With a time, keys of CI that have ended count for nothing: for installers; whoever signs the next list must see this one. */
  #requirePersons({ chain }: ProjectListing, now?: number): void {
    const [owners, release] = chain.slice(-2);
    if (owners?.startsWith("p.") === true && release !== undefined) this.roles.requirePersons(release, owners, now);
  }

  #topLevelEnd(): End {
    const { root, timestamp, snapshot } = this.set;
    return earliest([
      { role: "root", expires: root.signed.expires },
      { role: "timestamp", expires: timestamp?.signed.expires ?? 0 },
      { role: "snapshot", expires: snapshot?.signed.expires ?? 0 },
    ]);
  }

  #firstEnd(roles: readonly string[]): End {
    const ends = roles.map((role) => ({ role, expires: this.roles.envelope(role)?.signed.expires ?? 0 }));
    return earliest([this.#topLevelEnd(), ...ends]);
  }

  /** A command may run for days; what it is shown must not be older than people signed for. */
  #requireFresh(project: string): number {
    const { role, expires } = this.#ends.get(project) ?? this.#topLevelEnd();
    const now = Math.max((this.#ports.clock ?? Date.now)(), this.set.referenceTime);
    if (now < expires) return now;
    throw asRefusal(new TufError("TUF_EXPIRED", `${role} expired at ${formatTime(expires)}`, { role }));
  }

  /** The walk asks for one role after the other; the wire need not wait for it. */
  #prefetch(project: string): void {
    const sharding = this.roles.layout?.sharding;
    if (sharding === undefined) return;
    const shard = shardOf(sharding, project);
    this.roles.prefetch(SHARDED_ROLES.flatMap((role) => [role, shardRole(role, shard)]));
  }

  #requireWithoutWithdrawnKeys({ chain, withdrawnKeys }: ProjectListing): void {
    chain.forEach((role, index) => {
      const delegator = chain[index - 1];
      if (delegator !== undefined && isDeveloperRole(role)) this.roles.requireWithout(withdrawnKeys, role, delegator);
    });
  }

  async #cached(project: string, file: ReleaseFile): Promise<OpenContent> {
    const { cache } = this.#ports;
    const present = await cache.open(file);
    if (present !== undefined) return present;
    const path = targetUrl(project, file.sha256, file.filename);
    const started = this.#downloads.get(file.sha256);
    const found = started === undefined ? await this.#download(path, file) : await started;
    if (found === undefined) throw missing(path);
    // Whoever has fetched it has it open; the others look for it as if it had always been there.
    const content = found === true ? await cache.open(file) : found;
    if (content === undefined || content === false) throw mismatch(file.filename);
    return content;
  }

  /** The file at `path`, now in the cache, too; `false` when it is not the right one, `undefined` when there is none. */
  async #download(path: string, file: ReleaseFile): Promise<OpenContent | false | undefined> {
    const { cache, source } = this.#ports;
    const download = source.read(path, limitsFor(file.length), (chunks) => cache.take(file, chunks));
    const isRight = download.then((content) => content && true);
    isRight.catch(() => undefined); // told of by who has asked for it first
    this.#downloads.set(file.sha256, isRight);
    try {
      return await download;
    } finally {
      this.#downloads.delete(file.sha256);
    }
  }
}

function earliest(ends: readonly End[]): End {
  return ends.reduce((first, end) => (end.expires < first.expires ? end : first));
}

async function update(ports: SessionPorts, now: number): Promise<TrustedSet> {
  try {
    const timestamp = { ...limitsFor(MAX_TIMESTAMP_BYTES), gzip: true };
    const source = askAhead(ports.source, metadataUrl("timestamp", 0), timestamp);
    return await refresh({ ...ports, source, now, locate: (role, version) => metadataUrl(role, version ?? 0) });
  } catch (error) {
    throw asRefusal(error);
  }
}

function recalled(ports: SessionPorts, now: number): TrustedSet {
  try {
    return recall({ ...ports, now });
  } catch (error) {
    throw asRefusal(error);
  }
}

function withdrawnFile({ filename, reason }: { filename: string; reason: string }): ClientError {
  return new ClientError(
    "WITHDRAWN",
    `${filename} was withdrawn by the index's operator${reason === "" ? "" : `: ${reason}`}`,
    {
      hint: "choose another version, or ask the index's operator",
    },
  );
}

function mismatch(name: string): ClientError {
  return new ClientError("FILE_MISMATCH", `${name} is not the file that was signed`, {
    hint: "the index, or something between you and it, gave other bytes; none of them reached the installer",
  });
}

function oversized({ filename, length }: ReleaseFile): ClientError {
  return new ClientError("INDEX_OVERSIZED", `${filename} has ${length} bytes, more than ${MAX_DISTRIBUTION_BYTES}`, {
    hint: "no distribution is that large; nothing of it was fetched",
  });
}

function missing(path: string): ClientError {
  return new ClientError("INDEX_INCOMPLETE", `the index does not have ${path}, which it lists`, {
    hint: "the index is broken, or something between you and it hides a part of it; nothing was installed",
  });
}
