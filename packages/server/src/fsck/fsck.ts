import { RepositoryError, shardOf } from "@countermark/repository";
import { TufError } from "@countermark/tuf";
import { ServerError } from "../errors.ts";
import type { BlobStore } from "../storage/blob-store.ts";
import { blobProblem } from "./blobs.ts";
import type { IndexStore, NewFile } from "../storage/index-store.ts";
import type { SqliteDatabase } from "../storage/sqlite/database.ts";
import { integrityOf, rowsOfShard, type RowsChange } from "../storage/sqlite/inspection.ts";
import { compareProject } from "./compare.ts";
import type { Finding } from "./findings.ts";
import { checkKeys } from "./keys.ts";
import { checkRecords } from "./records.ts";
import { RoleMissing, RootChainError, SignedIndex } from "./signed-index.ts";
import { projectsOfShard, signedProject, type SignedProject } from "./signed-projects.ts";

/** Shards after which everything verified so far is forgotten, so that memory stays bounded. */
const SHARDS_PER_ROUND = 4096;

export interface FsckOptions {
  readonly database: SqliteDatabase;
  readonly store: IndexStore;
  readonly blobs: BlobStore;
  /** Folder of the online keys. */
  readonly keys: string;
  /** The first root's SHA-256, from outside of the database; what the database says where it is not known. */
  readonly fingerprint: string;
  /** Blobs are measured, not read. */
  readonly quick: boolean;
  readonly onFinding: (finding: Finding) => void;
  readonly onShard?: ((done: number, of: number) => void) | undefined;
}

/** What was looked at, and the changes that would put right what can be put right. */
export interface Fsck {
  /** Version of the timestamp that was looked at; undefined where not even that could be verified. */
  readonly timestamp: number | undefined;
  readonly roles: number;
  readonly projects: number;
  readonly files: number;
  readonly blobs: number;
  readonly changes: readonly RowsChange[];
  /** Signed files whose content, or whose metadata's, is lost or damaged. */
  readonly lacking: readonly NewFile[];
  readonly shardOf: (project: string) => string;
}

/**
 * Derives an index again from what it has signed, verified from the first root down as a client does, and from the
 * blobs, each hashed; then holds the database against it. Nothing in the database is believed.
 */
export async function fsck(options: FsckOptions): Promise<Fsck> {
  const walk = new Walk(options);
  try {
    for (const line of await integrityOf(options.database)) options.onFinding(damaged(line));
    await walk.run();
  } catch (error) {
    // A query ran into it: what was found until here is told, and nothing is repaired.
    if (!(error instanceof ServerError) || error.code !== "DATA_DAMAGED") throw error;
    options.onFinding(damaged(error.message));
    return { ...walk.result(), changes: [] };
  }
  return walk.result();
}

function damaged(detail: string): Finding {
  return { kind: "database-damaged", subject: "index.sqlite", detail };
}

class Walk {
  readonly #options: FsckOptions;
  readonly #told = new Set<string>();
  readonly #changes: RowsChange[] = [];
  readonly #lacking: NewFile[] = [];
  readonly #seen = { roles: 0, projects: 0, files: 0, blobs: 0 };
  #timestamp: number | undefined;
  #shardOf: (project: string) => string = () => "";

  constructor(options: FsckOptions) {
    this.#options = options;
  }

  result(): Fsck {
    return {
      timestamp: this.#timestamp,
      ...this.#seen,
      changes: this.#changes,
      lacking: this.#lacking,
      shardOf: this.#shardOf,
    };
  }

  async run(): Promise<void> {
    const first = await this.#open();
    if (first === undefined) return;
    this.#timestamp = first.set.timestamp?.signed.version;
    this.#seen.roles = first.listed.size;
    const { sharding } = first;
    this.#shardOf = (project) => shardOf(sharding, project);
    for (const { finding, change } of await checkRecords(this.#options.store, first)) this.#tell(finding, change);
    try {
      for (const finding of await checkKeys(this.#options.keys, first)) this.#tell(finding);
    } catch (error) {
      this.#refused(error, "targets");
    }
    let signed = first;
    for (const [position, shard] of sharding.shards.entries()) {
      if (position > 0 && position % SHARDS_PER_ROUND === 0) signed = (await this.#open()) ?? signed;
      await this.#shard(signed, shard);
      this.#options.onShard?.(position + 1, sharding.count);
    }
  }

  async #open(): Promise<SignedIndex | undefined> {
    const { store, fingerprint } = this.#options;
    try {
      const { bytes: timestamp } = await store.timestamp();
      const files = (name: string, version: number) => store.roleFile(name, version);
      return await SignedIndex.open({ files, timestamp, fingerprint });
    } catch (error) {
      this.#refused(error, "root");
      return undefined;
    }
  }

  async #shard(signed: SignedIndex, shard: string): Promise<void> {
    const rows = await rowsOfShard(this.#options.database, shard);
    let names: ReadonlySet<string>;
    try {
      names = await projectsOfShard(signed, shard);
    } catch (error) {
      this.#refused(error, `shard ${shard}`);
      return;
    }
    for (const project of [...new Set([...names, ...rows.keys()])].sort()) {
      let found: SignedProject;
      try {
        found = await signedProject(signed, shard, project);
      } catch (error) {
        this.#refused(error, project);
        continue;
      }
      this.#seen.projects += found.files.size > 0 ? 1 : 0;
      for (const { finding, change } of compareProject(found, rows.get(project))) this.#tell(finding, change);
      for (const file of found.files.values()) {
        this.#seen.files += 1;
        const whole = await this.#isWhole(file.sha256, file.length);
        const described = file.coreMetadata === undefined || (await this.#isWhole(file.coreMetadata, undefined));
        if (!whole || !described) this.#lacking.push(file);
      }
    }
  }

  async #isWhole(sha256: string, length: number | undefined): Promise<boolean> {
    const { blobs, quick } = this.#options;
    this.#seen.blobs += 1;
    const size = await blobs.size(sha256);
    const problem = await blobProblem(blobs, { sha256, size, length, quick });
    if (problem === undefined) return true;
    this.#tell({ kind: size === undefined ? "blob-missing" : "blob-damaged", subject: sha256, detail: problem });
    return false;
  }

  /** What verification refuses is a finding; anything else is a bug, or the disk's fault. */
  #refused(error: unknown, subject: string): void {
    if (error instanceof RoleMissing) {
      return this.#tell({ kind: "role-missing", subject: error.role, detail: error.message });
    }
    if (error instanceof RootChainError)
      return this.#tell({ kind: "root-chain", subject: "root", detail: error.message });
    if (error instanceof ServerError && error.code === "NO_INDEX") {
      return this.#tell({ kind: "role-missing", subject: "timestamp", detail: "there is no present version" });
    }
    if (!(error instanceof TufError || error instanceof RepositoryError)) throw error;
    const role = error.role ?? subject;
    this.#tell({ kind: role === "root" ? "root-chain" : "role-invalid", subject: role, detail: error.message });
  }

  /** One role is walked over by many projects: what is wrong with it is told once. */
  #tell(finding: Finding, change?: RowsChange): void {
    const key = `${finding.kind} ${finding.subject}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#options.onFinding(finding);
    if (change !== undefined) this.#changes.push(change);
  }
}
