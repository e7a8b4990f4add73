import type { DatabaseSync, StatementSync } from "node:sqlite";
import { ClientError } from "../../errors.ts";
import { guard, openDatabase, openInMemory, transact } from "./database.ts";

/** An index that the user has pinned. */
export interface PinnedRepository {
  /** SHA-256 of the first root, lower-case hex: the fingerprint that the user gave. */
  readonly id: string;
  /** Base URL, ends in a slash. */
  readonly url: string;
}

/** The newest verified top-level files of a repository. */
export interface TrustedFiles {
  readonly root: Uint8Array;
  readonly timestamp?: Uint8Array | undefined;
  readonly snapshot?: Uint8Array | undefined;
  /** Latest reference time at which a fresh timestamp was verified. */
  readonly trustedTime: number;
}

/** A role's file that was found good under a delegating file. */
export interface Verdict {
  readonly role: string;
  /** SHA-256 of the delegating file. */
  readonly delegator: string;
  /** SHA-256 of the role's file. */
  readonly file: string;
  readonly version: number;
}

/** Who stood behind a project, as the tables keep it. */
export interface ProjectRow {
  readonly protection: string;
  /** Of `recently-claimed`, as `targets` said. */
  readonly epoch: number;
  /** JSON; `null` without owners. */
  readonly owners: string | null;
}

/** What a project was seen under. A root that turns keys may let the snapshot's version fall, so root counts first. */
export interface SeenUnder {
  readonly root: number;
  readonly snapshot: number;
}

/** A file that an installer was given. */
export interface HandedOut {
  /** Normalised name. */
  readonly project: string;
  readonly filename: string;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** A wheel that carries METADATA with this digest; both SHA-256, lower-case hex. */
export interface Inspected {
  readonly wheel: string;
  readonly metadata: string;
}

/** What a session found and later ones need. */
export interface Findings {
  readonly verdicts?: readonly Verdict[];
  /** Lowest versions that are accepted from now on, by role. */
  readonly floors?: ReadonlyMap<string, number>;
  /** By normalised name. */
  readonly projects?: ReadonlyMap<string, ProjectRow & SeenUnder>;
  readonly handedOut?: readonly HandedOut[];
  readonly inspected?: readonly Inspected[];
}

/** Who this user is to an index, as the tables keep it. */
export interface AccountRow {
  readonly name: string;
  readonly generation: number;
  /** JSON. */
  readonly source: string;
  /** Identities of the public keys. */
  readonly release: string;
  readonly login: string;
}

/** A versioned file that was verified. */
export interface VerifiedFile {
  readonly version: number;
  readonly bytes: Uint8Array;
}

const NONE: ReadonlyMap<string, never> = new Map<string, never>();

/** Statements are compiled once and named by what they say. */
type Statements = Readonly<Record<keyof typeof SQL, StatementSync>>;

const SQL = {
  repositories: "SELECT id, url FROM repository ORDER BY pinned_at, id",
  pin: "INSERT INTO repository (id, url, first_root, pinned_at, trusted_time) VALUES (?, ?, ?, ?, 0)",
  forget: "DELETE FROM repository WHERE url = ?",
  trustedTime: "SELECT trusted_time FROM repository WHERE id = ?",
  raiseTime: "UPDATE repository SET trusted_time = max(trusted_time, ?) WHERE id = ?",
  trusted: "SELECT role, bytes FROM trusted WHERE repository = ?",
  rootVersion: "SELECT version FROM trusted WHERE repository = ? AND role = 'root'",
  advance: `INSERT INTO trusted (repository, role, version, bytes) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET version = excluded.version, bytes = excluded.bytes WHERE excluded.version > version`,
  forgetOnline: "DELETE FROM trusted WHERE repository = ? AND role IN ('timestamp', 'snapshot')",
  floor: "SELECT version FROM floor WHERE repository = ? AND role = ?",
  raiseFloor: `INSERT INTO floor (repository, role, version) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET version = excluded.version WHERE excluded.version > version`,
  known: "SELECT file FROM verdict WHERE repository = ? AND role = ? AND delegator = ? AND file = ?",
  candidates: "SELECT DISTINCT file FROM verdict WHERE repository = ? AND role = ? AND version = ? LIMIT 8",
  remember: "INSERT OR IGNORE INTO verdict (repository, role, delegator, file, version) VALUES (?, ?, ?, ?, ?)",
  forgetOlder: "DELETE FROM verdict WHERE repository = ? AND role = ? AND version < ?",
  project: "SELECT protection, epoch, owners FROM project WHERE repository = ? AND name = ?",
  rememberProject: `INSERT INTO project (repository, name, protection, epoch, owners, root, snapshot)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET protection = excluded.protection, epoch = excluded.epoch, owners = excluded.owners,
      root = excluded.root, snapshot = excluded.snapshot
    WHERE excluded.epoch >= epoch AND (excluded.root, excluded.snapshot) >= (root, snapshot)`,
  handedOut: "SELECT filename, sha256 FROM handed_out WHERE repository = ? AND project = ?",
  rememberHandedOut: "INSERT OR IGNORE INTO handed_out (repository, project, filename, sha256) VALUES (?, ?, ?, ?)",
  inspected: "SELECT 1 FROM inspected WHERE wheel = ? AND metadata = ?",
  inspect: "INSERT OR IGNORE INTO inspected (wheel, metadata) VALUES (?, ?)",
  confirmed: "SELECT 1 FROM confirmed WHERE project = ? AND repository = ?",
  confirm: "INSERT OR IGNORE INTO confirmed (project, repository) VALUES (?, ?)",
  accounts: `SELECT name, generation, source, release, login FROM account WHERE repository = ?
    ORDER BY used_at DESC, name`,
  rememberAccount: `INSERT INTO account (repository, name, generation, source, release, login, used_at)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET generation = excluded.generation, source = excluded.source, release = excluded.release,
      login = excluded.login, used_at = excluded.used_at`,
  readToken: "SELECT token FROM read_token WHERE repository = ?",
  keepReadToken: `INSERT INTO read_token (repository, token) VALUES (?, ?)
    ON CONFLICT DO UPDATE SET token = excluded.token`,
  secret: "SELECT value FROM secret WHERE name = ?",
  keepSecret: "INSERT OR IGNORE INTO secret (name, value) VALUES (?, ?)",
} as const;

/**
 * What this user trusts, in the config folder: pinned roots, the newest verified top-level files, floors, and verdicts on
 * files that need not be verified twice. Everything only ever goes forward, whatever order processes write in; the one
 * exception is the one that TUF makes, when a root turns the keys of snapshot or timestamp.
 */
export class TrustStore {
  readonly #folder: string;
  readonly #database: DatabaseSync;
  readonly #sql: Statements;

  private constructor(folder: string, database: DatabaseSync) {
    this.#folder = folder;
    this.#database = database;
    const prepared = Object.entries(SQL).map(([name, text]) => [name, database.prepare(text)]);
    this.#sql = Object.fromEntries(prepared) as Statements;
  }

  /** @throws ClientError `STATE_UNUSABLE`, `DISK_FULL` */
  static open(folder: string): TrustStore {
    const database = openDatabase(folder);
    return guard(folder, () => new TrustStore(folder, database));
  }

  /** A state of its own that nobody else sees and that ends with the process. */
  static inMemory(): TrustStore {
    return new TrustStore(":memory:", openInMemory());
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  /** The pinned indexes, oldest first. */
  repositories(): readonly PinnedRepository[] {
    return this.#read(() => this.#sql.repositories.all()) as unknown as readonly PinnedRepository[];
  }

  /**
   * Pins an index by its first root. Doing it twice is the same as once.
   * @throws ClientError `TRUST_FINGERPRINT` when another root is pinned for this URL, or this one for another URL
   */
  pin(repository: PinnedRepository, firstRoot: Uint8Array, now: number): void {
    this.#write(() => {
      for (const other of this.repositories()) {
        if (other.id === repository.id && other.url === repository.url) return;
        if (other.id === repository.id || other.url === repository.url) throw contradiction(repository, other);
      }
      this.#sql.pin.run(repository.id, repository.url, firstRoot, now);
      this.#sql.advance.run(repository.id, "root", 1, firstRoot);
    });
  }

  /** Unpins an index and forgets all that was known of it. Returns whether it was pinned. */
  forget(url: string): boolean {
    const forgotten = this.#write(() => this.#sql.forget.run(url).changes) > 0;
    this.#dropLog();
    return forgotten;
  }

  /** The newest verified files of a pinned index. */
  trusted(id: string): TrustedFiles {
    return this.#read(() => {
      const files = new Map(this.#sql.trusted.all(id).map((row) => [row["role"], row["bytes"] as Uint8Array]));
      const root = files.get("root");
      if (root === undefined) throw rootless(id);
      const timestamp = files.get("timestamp");
      const snapshot = files.get("snapshot");
      const trustedTime = Number(this.#sql.trustedTime.get(id)?.["trusted_time"] ?? 0);
      return { root, ...(timestamp && { timestamp }), ...(snapshot && { snapshot }), trustedTime };
    });
  }

  /**
   * Keeps a newer root (TUF 5.3.8). `rotated` says that it turned the keys of timestamp or snapshot: then what those
   * keys signed is forgotten, so that an index recovers from a version that a thief had pushed far ahead (TUF 5.3.11).
   */
  advanceRoot(id: string, root: VerifiedFile, rotated: boolean): void {
    this.#write(() => {
      if (this.#rootVersion(id) >= root.version) return;
      this.#sql.advance.run(id, "root", root.version, root.bytes);
      if (rotated) this.#sql.forgetOnline.run(id);
    });
  }

  /** Keeps a newer timestamp (TUF 5.4.6) that was verified with root `rootVersion`, and the time at which it was fresh. */
  advanceTimestamp(id: string, rootVersion: number, timestamp: VerifiedFile, referenceTime: number): void {
    this.#advanceOnline(id, rootVersion, "timestamp", timestamp, referenceTime);
  }

  /** Keeps a newer snapshot (TUF 5.5.7) that was verified with root `rootVersion`. */
  advanceSnapshot(id: string, rootVersion: number, snapshot: VerifiedFile): void {
    this.#advanceOnline(id, rootVersion, "snapshot", snapshot, 0);
  }

  /** Forgets what was signed online, unless another process saw a newer root meanwhile. */
  forgetOnline(id: string, rootVersion: number): void {
    this.#write(() => {
      if (this.#rootVersion(id) === rootVersion) this.#sql.forgetOnline.run(id);
    });
  }

  /** Lowest version of a role that is still accepted: 0 when it was never seen. */
  floor(id: string, role: string): number {
    return this.#read(() => Number(this.#sql.floor.get(id, role)?.["version"] ?? 0));
  }

  /** Whether this very file was found good for this role under this delegating file. */
  isKnown(id: string, verdict: Omit<Verdict, "version">): boolean {
    return this.#read(() => this.#sql.known.get(id, verdict.role, verdict.delegator, verdict.file)) !== undefined;
  }

  /** SHA-256 of files that were found good for this role and version under some delegating file. */
  candidates(id: string, role: string, version: number): readonly string[] {
    return this.#read(() => this.#sql.candidates.all(id, role, version)).map((row) => String(row["file"]));
  }

  /** Who stood behind a project when it was last seen here. */
  project(id: string, name: string): ProjectRow | undefined {
    return this.#read(() => this.#sql.project.get(id, name)) as ProjectRow | undefined;
  }

  /** SHA-256 of the files of a project that installers were given, by name. */
  handedOut(id: string, project: string): ReadonlyMap<string, string> {
    const rows = this.#read(() => this.#sql.handedOut.all(id, project));
    return new Map(rows.map((row) => [String(row["filename"]), String(row["sha256"])]));
  }

  /** Keeps what a session found, in one transaction. */
  remember(id: string, findings: Findings): void {
    const { verdicts = [], floors = NONE, projects = NONE, handedOut = [], inspected = [] } = findings;
    if (verdicts.length + floors.size + projects.size + handedOut.length + inspected.length === 0) return;
    this.#write(() => {
      for (const { role, delegator, file, version } of verdicts) {
        this.#sql.forgetOlder.run(id, role, version);
        this.#sql.remember.run(id, role, delegator, file, version);
      }
      for (const [role, version] of floors) this.#sql.raiseFloor.run(id, role, version);
      for (const [name, { protection, epoch, owners, root, snapshot }] of projects) {
        this.#sql.rememberProject.run(id, name, protection, epoch, owners, root, snapshot);
      }
      for (const { project, filename, sha256 } of handedOut) {
        this.#sql.rememberHandedOut.run(id, project, filename, sha256);
      }
      for (const { wheel, metadata } of inspected) this.#sql.inspect.run(wheel, metadata);
    });
  }

  /** Whether this wheel was found to carry METADATA with this digest. */
  isInspected(wheel: string, metadata: string): boolean {
    return this.#read(() => this.#sql.inspected.get(wheel, metadata)) !== undefined;
  }

  /** Whether a person confirmed this index for the project whose settings lie at this path. */
  isConfirmed(project: string, id: string): boolean {
    return this.#read(() => this.#sql.confirmed.get(project, id)) !== undefined;
  }

  /** Keeps such a confirmation. */
  confirm(project: string, id: string): void {
    this.#write(() => this.#sql.confirm.run(project, id));
  }

  /** Who this user is to an index, the latest used first. */
  accounts(id: string): readonly AccountRow[] {
    return this.#read(() => this.#sql.accounts.all(id)) as unknown as readonly AccountRow[];
  }

  /** Keeps who this user is to an index. */
  rememberAccount(id: string, { name, generation, source, release, login }: AccountRow, now: number): void {
    this.#write(() => this.#sql.rememberAccount.run(id, name, generation, source, release, login, now));
  }

  /** With what a private index is read, if anything is kept. */
  readToken(id: string): string | undefined {
    return this.#read(() => this.#sql.readToken.get(id))?.["token"] as string | undefined;
  }

  /** Keeps the read token of a pinned index, in place of an older one. */
  keepReadToken(id: string, token: string): void {
    this.#write(() => this.#sql.keepReadToken.run(id, token));
    this.#dropLog();
  }

  /** The secret of this name; `fresh` when there was none yet. */
  secret(name: string, fresh: string): string {
    return this.#write(() => {
      this.#sql.keepSecret.run(name, fresh);
      return String(this.#sql.secret.get(name)?.["value"]);
    });
  }

  /** Another process may have seen a newer root meanwhile: then what the older one verified is not kept. */
  #advanceOnline(id: string, rootVersion: number, role: string, file: VerifiedFile, referenceTime: number): void {
    this.#write(() => {
      if (this.#rootVersion(id) !== rootVersion) return;
      this.#sql.advance.run(id, role, file.version, file.bytes);
      this.#sql.raiseTime.run(referenceTime, id);
    });
  }

  /** Empties the write-ahead log, in which a deleted secret would still stand. One that is in use is emptied later. */
  #dropLog(): void {
    this.#read(() => {
      this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    });
  }

  #rootVersion(id: string): number {
    return Number(this.#sql.rootVersion.get(id)?.["version"] ?? 0);
  }

  #read<T>(work: () => T): T {
    return guard(this.#folder, work);
  }

  #write<T>(work: () => T): T {
    return guard(this.#folder, () => transact(this.#database, work));
  }
}

function contradiction(wanted: PinnedRepository, pinned: PinnedRepository): ClientError {
  const what =
    pinned.url === wanted.url
      ? `${wanted.url} is pinned already, with another root (${pinned.id})`
      : `this root is pinned already, for ${pinned.url}`;
  return new ClientError("TRUST_FINGERPRINT", what, {
    hint: `to trust anew on purpose, run countermark trust --forget ${pinned.url} first: it drops all that protects you from rollback`,
  });
}

/** Somebody else's hand: an index and its root are written at once. */
function rootless(id: string): ClientError {
  return new ClientError("STATE_UNUSABLE", `the trusted state holds no root of the index ${id.slice(0, 12)}`, {
    hint: "it was edited: run countermark trust --forget with the index's address, and trust it anew with a fingerprint that you know from elsewhere",
  });
}
