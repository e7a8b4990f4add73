import { createHash } from "node:crypto";
import {
  makeSnapshot,
  makeTimestamp,
  signMetadata,
  type FileMeta,
  type Root,
  type Signer,
  type Targets,
} from "@countermark/tuf";

/** Changes what is about to be signed: the means to make a repository wrong on purpose. */
export interface PublishOptions {
  /** Last word on what snapshot lists. */
  readonly meta?: (meta: Map<string, FileMeta>) => Map<string, FileMeta>;
  readonly snapshotVersion?: number;
  readonly timestampVersion?: number;
  readonly snapshotExpires?: number;
  readonly timestampExpires?: number;
}

/** What a simulated repository is made of. */
export interface SimulatedParts {
  readonly now: number;
  readonly root: Root;
  readonly roles: ReadonlyMap<string, Targets>;
  /** Who signs each role, `root`, `snapshot` and `timestamp` among them. */
  readonly signers: ReadonlyMap<string, readonly Signer[]>;
}

/** Lifetime of what a simulated repository signs, unless it is told otherwise. */
const LIFETIME_MS = 14 * 24 * 60 * 60 * 1000;

/**
 * A TUF repository in memory that signs whatever it is told, right or wrong (after python-tuf's simulator). Change
 * `roles` through {@link change}, then {@link publish}; `files` holds what a web server would serve below `tuf/`.
 */
export class SimulatedRepository {
  now: number;
  root: Root;
  snapshotVersion = 0;
  timestampVersion = 0;
  readonly roles: Map<string, Targets>;
  readonly signers: Map<string, readonly Signer[]>;
  /** File name, such as `1.root.json` or `targets/…`, to bytes. Tests may put anything here. */
  readonly files = new Map<string, Uint8Array>();
  readonly #unsigned = new Set<string>();

  constructor(parts: SimulatedParts) {
    this.now = parts.now;
    this.root = parts.root;
    this.roles = new Map(parts.roles);
    this.signers = new Map(parts.signers);
    for (const name of this.roles.keys()) this.#unsigned.add(name);
  }

  /** The signers of a role. @throws Error when the simulator was told none */
  signersOf(name: string): readonly Signer[] {
    const signers = this.signers.get(name);
    if (signers === undefined) throw new Error(`the simulator has no signers for ${name}`);
    return signers;
  }

  /** The present model of a role. @throws Error when there is none */
  role(name: string): Targets {
    const role = this.roles.get(name);
    if (role === undefined) throw new Error(`the simulator has no role ${name}`);
    return role;
  }

  /** Changes a role and raises its version by one, unless the change names a version. Signed by the next publish. */
  change(name: string, change: Partial<Targets>): void {
    const present = this.role(name);
    this.roles.set(name, { ...present, version: present.version + 1, ...change });
    this.#unsigned.add(name);
  }

  /** Adds a role. Signed by the next publish. */
  add(name: string, role: Targets, signers: readonly Signer[]): void {
    this.roles.set(name, role);
    this.signers.set(name, signers);
    this.#unsigned.add(name);
  }

  /** Signs and files a root, by its own signers unless others are given. */
  async publishRoot(root: Root = this.root, signers: readonly Signer[] = this.signersOf("root")): Promise<void> {
    this.root = root;
    this.files.set(`${root.version}.root.json`, await signMetadata(root, signers));
  }

  /** Signs what changed, then a snapshot over everything, then a timestamp over that. */
  async publish(options: PublishOptions = {}): Promise<void> {
    for (const name of this.#unsigned) {
      const role = this.role(name);
      this.#put(name, role.version, await signMetadata(role, this.signersOf(name)));
    }
    this.#unsigned.clear();
    const meta = new Map(
      [...this.roles].map(([name, role]) => [name, this.#describe(`${role.version}.${name}.json`, role)]),
    );
    await this.publishSnapshot(options.meta?.(meta) ?? meta, options);
  }

  /** Signs a snapshot with just this content, and a timestamp over it. */
  async publishSnapshot(meta: ReadonlyMap<string, FileMeta>, options: PublishOptions = {}): Promise<void> {
    this.snapshotVersion = options.snapshotVersion ?? this.snapshotVersion + 1;
    const expires = options.snapshotExpires ?? this.now + LIFETIME_MS;
    const snapshot = makeSnapshot({ version: this.snapshotVersion, expires, meta });
    this.#put("snapshot", this.snapshotVersion, await signMetadata(snapshot, this.signersOf("snapshot")));
    await this.publishTimestamp(this.#describe(`${this.snapshotVersion}.snapshot.json`, snapshot), options);
  }

  /** Signs a timestamp over the given snapshot. */
  async publishTimestamp(snapshot: FileMeta, options: PublishOptions = {}): Promise<void> {
    this.timestampVersion = options.timestampVersion ?? this.timestampVersion + 1;
    const expires = options.timestampExpires ?? this.now + LIFETIME_MS;
    const timestamp = makeTimestamp({ version: this.timestampVersion, expires, snapshot });
    this.files.set("timestamp.json", await signMetadata(timestamp, this.signersOf("timestamp")));
  }

  /** A served file. @throws Error when there is none */
  file(name: string): Uint8Array {
    const bytes = this.files.get(name);
    if (bytes === undefined) throw new Error(`the simulator serves no ${name}`);
    return bytes;
  }

  /** Without consistent snapshots clients ask for names without versions (TUF 6.2). */
  #put(name: string, version: number, bytes: Uint8Array): void {
    this.files.set(`${version}.${name}.json`, bytes);
    if (!this.root.consistentSnapshot) this.files.set(`${name}.json`, bytes);
  }

  #describe(file: string, { version }: { readonly version: number }): FileMeta {
    const bytes = this.file(file);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    return { version, length: bytes.length, hashes: new Map([["sha256", sha256]]), unknown: new Map() };
  }
}
