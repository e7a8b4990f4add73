import {
  checkShape,
  isDeveloperRole,
  ciEndOf,
  isOfflineRole,
  metadataUrl,
  readLayout,
  RepositoryError,
  requirePersons,
  type Layout,
  type LoadRole,
} from "@countermark/repository/verifying";
import {
  TufError,
  signingKeys,
  type Envelope,
  type FileMeta,
  type PublicKey,
  type Targets,
  type TrustedSet,
} from "@countermark/tuf";
import { ClientError } from "../errors.ts";
import { printable } from "../printable.ts";
import { digest, type ContentCache } from "./cache/content-cache.ts";
import type { HttpSource } from "./fetch/http-source.ts";
import { limitsFor, MAX_OLDER_VERSION_BYTES, MAX_TARGETS_BYTES } from "./fetch/limits.ts";
import { asRefusal } from "./refusal.ts";
import type { TrustStore } from "./state/trust-store.ts";
import type { Unwritten } from "./state/unwritten.ts";

/** What a loader works with. */
export interface LoaderPorts {
  readonly repositoryId: string;
  readonly source: Pick<HttpSource, "bytes">;
  readonly store: TrustStore;
  readonly unwritten: Unwritten;
  readonly cache: ContentCache;
}

/** Bytes that may be a role's file. */
interface Copy {
  readonly bytes: Uint8Array;
  /** Whether they came out of the cache: then the index may have better ones. */
  readonly cached: boolean;
}

/** A role's verified file and its SHA-256. */
interface Loaded {
  readonly envelope: Envelope<Targets>;
  readonly sha256: string;
}

/**
 * Loads targets roles of one pinned snapshot along delegating edges (TUF 5.6): each file once, each edge verified for
 * itself, its shape checked before it is used or remembered. A file that was found good under the same delegating file
 * before is hashed instead of verified again; whether it has expired or fallen behind is judged each time.
 */
export class RoleLoader {
  readonly #set: TrustedSet;
  readonly #ports: LoaderPorts;
  /** By `<delegator> <role>`. */
  readonly #edges = new Map<string, Promise<Loaded>>();
  /** Files that were found good, by role; the set holds that a role is one file. */
  readonly #loaded = new Map<string, Loaded>();
  /** Files from the cache or on their way, by role: not believed yet. */
  readonly #copies = new Map<string, Promise<Copy>>();
  /** Roles whose versions may never go back, whatever happens to the index's own keys. */
  readonly #firm = new Set<string>();
  #layout: Layout | undefined;

  constructor(set: TrustedSet, ports: LoaderPorts) {
    this.#set = set;
    this.#ports = ports;
  }

  /** Loads a role along one edge whose delegator was loaded before; `targets` has the delegator `root`. */
  readonly load: LoadRole = async (role, delegator) => {
    const edge = `${delegator} ${role}`;
    const started = this.#edges.get(edge);
    if (started !== undefined) return (await started).envelope.signed;
    const loading = this.#loadEdge(role, delegator);
    this.#edges.set(edge, loading);
    // What failed for want of the network may work the next time; what was refused is refused again, by the same rules.
    loading.catch(() => this.#edges.delete(edge));
    return (await loading).envelope.signed;
  };

  /** The verified file of a role that was loaded. */
  envelope(role: string): Envelope<Targets> | undefined {
    return this.#loaded.get(role)?.envelope;
  }

  /** What `targets`, once loaded, says of the repository. */
  get layout(): Layout | undefined {
    return this.#layout;
  }

  /**
   * The bytes of an older version of `p.`, from the cache where its digest is known. Nothing of them is believed here.
   * @throws ClientError `INDEX_INCOMPLETE`
   */
  async olderVersion(role: string, version: number, sha256: string | undefined): Promise<Uint8Array> {
    const cached = sha256 && (await this.#ports.cache.get(sha256, MAX_OLDER_VERSION_BYTES));
    if (cached instanceof Uint8Array) return cached;
    const path = metadataUrl(role, version);
    const bytes = await this.#ports.source.bytes(path, { ...limitsFor(MAX_OLDER_VERSION_BYTES), gzip: true });
    if (bytes !== undefined) return bytes;
    throw new ClientError("INDEX_INCOMPLETE", `the index does not have ${path}, which every index keeps for ever`, {
      hint: "without it nothing shows that the known owners agreed to the present ones; nothing was installed",
    });
  }

  /** Starts to fetch roles that will be wanted. A failure shows where the role is asked for. */
  prefetch(roles: readonly string[]): void {
    for (const role of roles) {
      const meta = this.#set.snapshot?.signed.meta.get(role);
      if (meta !== undefined) this.#copy(role, meta).catch(() => undefined);
    }
  }

  /**
   * Refuses a role that meets its threshold, in keys or in persons, only with keys that the operator has withdrawn.
   * @throws ClientError `WITHDRAWN`
   */
  requireWithout(withdrawn: ReadonlyMap<string, string>, role: string, delegator: string): void {
    const envelope = this.#loaded.get(role)?.envelope;
    const delegating = this.#loaded.get(delegator)?.envelope.signed;
    const roleKeys = delegating?.delegations?.roles.get(role);
    if (envelope === undefined || delegating === undefined || roleKeys === undefined) {
      throw new TypeError(`${role} was not loaded from ${delegator}`);
    }
    // Of a shard's keys the role's own few count, and each that is looked at is read and hashed.
    const keys = roleKeys.keyIds.flatMap((id) => delegating.delegations?.keys.get(id) ?? []);
    const left = new Map(keys.filter((key) => !withdrawn.has(key.identity)).map((key) => [key.keyId, key]));
    if (left.size === keys.length) return;
    const leftOver = { ...roleKeys, keyIds: [...left.keys()] };
    if (signingKeys(envelope, left, leftOver.keyIds).length < roleKeys.threshold) throw restsOn(role, keys, withdrawn);
    if (!role.startsWith("r.")) return;
    try {
      requirePersons(envelope, leftOver, delegating, role);
    } catch (error) {
      throw error instanceof RepositoryError ? restsOn(role, keys, withdrawn) : error;
    }
  }

  /**
   * Refuses a release role that fewer persons have signed than it asks for, with however many keys; those of CI
   * count until their end, where a time is given.
   * @throws RepositoryError `ROLE_PERSONS`, `ROLE_SHAPE`
   */
  requirePersons(release: string, owners: string, now?: number): void {
    const envelope = this.#loaded.get(release)?.envelope;
    const p = this.#loaded.get(owners)?.envelope.signed;
    const role = p?.delegations?.roles.get(release);
    if (envelope === undefined || p === undefined || role === undefined) {
      throw new TypeError(`${release} was not loaded from ${owners}`);
    }
    requirePersons(envelope, role, p, release, now);
  }

  /** When a loaded release role loses the keys of CI that it needs; `undefined`: never, or nobody owns the project. */
  ciEnd(release: string, owners: string): number | undefined {
    const envelope = this.#loaded.get(release)?.envelope;
    const p = this.#loaded.get(owners)?.envelope.signed;
    const role = p?.delegations?.roles.get(release);
    return envelope && p && role && ciEndOf(envelope, role, p, release);
  }

  async #loadEdge(role: string, delegator: string): Promise<Loaded> {
    try {
      const meta = this.#set.snapshot?.signed.meta.get(role);
      if (meta === undefined) throw new TufError("TUF_ROLE", `snapshot does not list ${role}`, { role });
      this.#requireFloor(role, meta.version);
      const copy = await this.#copy(role, meta);
      try {
        return this.#accept(role, delegator, copy);
      } catch (error) {
        if (!copy.cached) throw error;
        return this.#accept(role, delegator, await this.#fetch(role, meta));
      }
    } catch (error) {
      throw asRefusal(error);
    }
  }

  /** TUF 5.6.2 to 5.6.5 for one edge, then the shape; what passes is remembered. */
  #accept(role: string, delegator: string, { bytes, cached }: Copy): Loaded {
    const delegating = delegator === "root" ? digest(this.#set.root.bytes) : this.#loaded.get(delegator)?.sha256;
    if (delegating === undefined) throw new TypeError(`${role} is loaded before ${delegator}`);
    const { store, repositoryId } = this.#ports;
    const file = digest(bytes);
    const signaturesKnown = cached && store.isKnown(repositoryId, { role, delegator: delegating, file });
    const envelope =
      delegator === "root"
        ? this.#set.updateTargets(bytes, { signaturesKnown })
        : this.#set.updateDelegated(bytes, role, delegator, { signaturesKnown });
    const layout = this.#layout ?? readLayout(envelope.signed);
    checkShape(role, envelope.signed, layout.sharding);
    this.#layout = layout;
    const loaded = { envelope, sha256: file };
    this.#loaded.set(role, loaded);
    const { version } = envelope.signed;
    this.#noteFloor(role, delegator, version);
    if (!signaturesKnown) this.#ports.unwritten.addVerdict({ role, delegator: delegating, file, version });
    if (!cached && isDeveloperRole(role)) this.#keep(bytes);
    return loaded;
  }

  #noteFloor(role: string, delegator: string, version: number): void {
    if (!isOfflineRole(role) && !(isDeveloperRole(role) && this.#firm.has(delegator))) return;
    this.#firm.add(role);
    const { store, unwritten, repositoryId } = this.#ports;
    if (version > store.floor(repositoryId, role)) unwritten.raiseFloor(role, version);
  }

  /** A turn of the index's own keys makes the snapshot forget; what people signed must still not go back. */
  #requireFloor(role: string, version: number): void {
    const floor = this.#ports.store.floor(this.#ports.repositoryId, role);
    if (version >= floor) return;
    throw new TufError("TUF_VERSION", `snapshot lists ${role} version ${version}, below the ${floor} seen before`, {
      role,
    });
  }

  async #copy(role: string, meta: FileMeta): Promise<Copy> {
    const started = this.#copies.get(role);
    if (started !== undefined) return await started;
    const copy = this.#fromCache(role, meta).then(async (cached) => cached ?? (await this.#fetch(role, meta)));
    this.#copies.set(role, copy);
    copy.catch(() => this.#copies.delete(role));
    return await copy;
  }

  /** The cached file with the announced digest, or, where none is announced, one that was found good in this version. */
  async #fromCache(role: string, meta: FileMeta): Promise<Copy | undefined> {
    const { store, cache, repositoryId } = this.#ports;
    const announced = meta.hashes?.get("sha256");
    const digests = announced === undefined ? store.candidates(repositoryId, role, meta.version) : [announced];
    for (const sha256 of digests) {
      const bytes = await cache.get(sha256, mostBytes(meta));
      if (bytes !== undefined) return { bytes, cached: true };
    }
    return undefined;
  }

  async #fetch(role: string, meta: FileMeta): Promise<Copy> {
    const path = metadataUrl(role, meta.version);
    const bytes = await this.#ports.source.bytes(path, { ...limitsFor(mostBytes(meta)), gzip: true });
    if (bytes !== undefined) {
      // The snapshot vouches for them already, whether or not the walk comes by: another day's may.
      if (meta.hashes?.get("sha256") === digest(bytes)) this.#keep(bytes);
      return { bytes, cached: false };
    }
    throw new ClientError("INDEX_INCOMPLETE", `the index does not have ${path}, which its snapshot lists`, {
      hint: "the index is broken, or something between you and it hides a part of it; nothing was installed",
    });
  }

  /** Nobody waits for the cache: without it there is a fetch more, another time. */
  #keep(bytes: Uint8Array): void {
    void this.#ports.cache.put(bytes);
  }
}

/** Whoever holds the snapshot's key announces lengths; this machine's memory is not theirs to fill. */
function mostBytes({ length = MAX_TARGETS_BYTES }: FileMeta): number {
  return Math.min(length, MAX_TARGETS_BYTES);
}

function restsOn(role: string, keys: readonly PublicKey[], withdrawn: ReadonlyMap<string, string>): ClientError {
  const reason = keys.flatMap((key) => withdrawn.get(key.identity) ?? []).find((text) => text !== "");
  const why = reason === undefined ? "" : `: ${printable(reason)}`;
  return new ClientError("WITHDRAWN", `${role} rests on a key that the index's operator withdrew${why}`, {
    hint: "nothing was installed; ask the index's operator, or the project's owners",
  });
}
