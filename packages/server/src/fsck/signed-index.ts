import { createHash } from "node:crypto";
import {
  checkShape,
  isDeveloperRole,
  isOfflineRole,
  readLayout,
  type LoadRole,
  type Sharding,
} from "@countermark/repository";
import { TrustedSet, type Targets } from "@countermark/tuf";

/** Role files by name and version, from wherever; nothing of them is believed. */
export type RoleFiles = (name: string, version: number) => Promise<Uint8Array | undefined>;

/** A role whose file is not there. */
export class RoleMissing extends Error {
  readonly role: string;

  constructor(role: string, version: number) {
    super(`version ${version} is not there`);
    this.role = role;
  }
}

/** No date matters: a role that has expired is no damage. */
const ANY_TIME = 0;

export interface SignedIndexSource {
  readonly files: RoleFiles;
  /** The present timestamp. */
  readonly timestamp: Uint8Array;
  /** SHA-256 of the first root, which is what everything rests on. */
  readonly fingerprint: string;
}

/** What an index has signed, verified from its first root down by the client's own workflow (TUF 5.3 to 5.6). */
export class SignedIndex {
  readonly #set: TrustedSet;
  readonly #files: RoleFiles;
  readonly #sharding: Sharding;
  readonly #bytes = new Map<string, Uint8Array>();

  private constructor(set: TrustedSet, files: RoleFiles, sharding: Sharding) {
    this.#set = set;
    this.#files = files;
    this.#sharding = sharding;
  }

  /** Verifies root, timestamp, snapshot and targets. Throws TufError, RepositoryError or RoleMissing. */
  static async open({ files, timestamp, fingerprint }: SignedIndexSource): Promise<SignedIndex> {
    const set = await openChain(files, fingerprint);
    set.updateTimestamp(timestamp);
    const version = set.timestamp?.signed.snapshot.version ?? 0;
    set.updateSnapshot(await present(files, "snapshot", version));
    const listed = set.snapshot?.signed.meta.get("targets")?.version ?? 0;
    const bytes = await present(files, "targets", listed);
    const targets = set.updateTargets(bytes);
    const { sharding } = readLayout(targets.signed);
    checkShape("targets", targets.signed, sharding);
    const index = new SignedIndex(set, files, sharding);
    index.#bytes.set("targets", bytes);
    return index;
  }

  get sharding(): Sharding {
    return this.#sharding;
  }

  get set(): TrustedSet {
    return this.#set;
  }

  /** Versions of every role that the snapshot lists. */
  get listed(): ReadonlyMap<string, number> {
    return new Map([...(this.#set.snapshot?.signed.meta ?? [])].map(([name, { version }]) => [name, version]));
  }

  /** A role along one delegating edge, verified and of its shape. */
  readonly load: LoadRole = async (name, delegator) => {
    const known = this.#set.role(delegator, name);
    if (known !== undefined) return known.signed;
    const version = this.#set.snapshot?.signed.meta.get(name)?.version ?? 0;
    const bytes = await present(this.#files, name, version);
    const { signed } = this.#set.updateDelegated(bytes, name, delegator);
    if (isDeveloperRole(name) || isOfflineRole(name)) this.#bytes.set(name, bytes);
    checkShape(name, signed, this.#sharding);
    return signed;
  };

  /** The file of a role that was loaded before. */
  bytesOf(name: string): Uint8Array | undefined {
    return this.#bytes.get(name);
  }

  /** A role that was loaded before, by whatever edge. */
  loaded(delegator: string, name: string): Targets | undefined {
    return this.#set.role(delegator, name)?.signed;
  }
}

/** The chain of roots from the first one, which must have this fingerprint, to the last that is there (TUF 5.3). */
export async function openChain(files: RoleFiles, fingerprint: string): Promise<TrustedSet> {
  const first = await present(files, "root", 1);
  if (createHash("sha256").update(first).digest("hex") !== fingerprint) {
    throw new RootChainError(`the first root does not have the fingerprint ${fingerprint}`);
  }
  const set = TrustedSet.open(first, ANY_TIME);
  for (let next = await files("root", 2); next !== undefined;) {
    set.updateRoot(next);
    next = await files("root", set.root.signed.version + 1);
  }
  return set;
}

/** The chain does not begin with the root that it should. */
export class RootChainError extends Error {}

async function present(files: RoleFiles, name: string, version: number): Promise<Uint8Array> {
  const bytes = await files(name, version);
  if (bytes === undefined) throw new RoleMissing(name, version);
  return bytes;
}
