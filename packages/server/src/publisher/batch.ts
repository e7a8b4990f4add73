import {
  decodeReleaseFile,
  EVERY_PROJECT,
  judgeTransaction,
  makeSharding,
  protectionOf,
  releaseRole,
  RepositoryError,
  shardOf,
  type Changes,
  type Judge,
  type Lifetimes,
  type Present,
  type RequiredBlob,
  type RoleContent,
  type RoleFile,
  type ShardDraft,
  type Sharding,
  type UsedName,
} from "@countermark/repository";
import { PackagingError } from "@countermark/packaging";
import { TufError } from "@countermark/tuf";
import { ServerError } from "../errors.ts";
import type { BlobStore } from "../storage/blob-store.ts";
import type { ProjectChange, RowChange, StoredFile } from "../storage/index-store.ts";
import type { Decision, StoredTransaction } from "../storage/transactions.ts";
import { KeyChanges } from "./key-changes.ts";
import { draftOfShard, presentProject, type ProjectStore } from "./present-project.ts";
import { fileOf } from "./release-file.ts";
import type { TransactionSeal } from "./seal.ts";
import type { Roles, SignedRoles } from "./signed-roles.ts";

/** What a batch is judged with. */
export interface BatchPorts {
  readonly store: ProjectStore;
  readonly blobs: Pick<BlobStore, "sizes">;
  readonly seal: TransactionSeal;
  readonly signed: SignedRoles;
  readonly judgeProject: Judge;
  readonly lifetimes: Lifetimes;
  readonly shards: number;
  readonly now: number;
}

/** What a batch of transactions comes to. */
export interface Judged {
  readonly decisions: readonly Decision[];
  /** Contents that the index signs, by role name. */
  readonly contents: ReadonlyMap<string, RoleContent>;
  /** Roles that developers signed. */
  readonly signed: readonly RoleFile[];
  readonly rows: readonly RowChange[];
  readonly projects: readonly ProjectChange[];
}

/**
 * Judges transactions one by one, each on top of those before it. One that fails its check is refused and changes
 * nothing; the others go on. A second `project` transaction of one project waits for the next batch, since a role's
 * version goes up by one at a time.
 */
export async function judgeBatch(
  ports: BatchPorts,
  roles: Roles,
  transactions: readonly StoredTransaction[],
): Promise<Judged> {
  const batch = new Batch(ports, roles);
  for (const transaction of transactions) await batch.judge(transaction);
  return batch.judged();
}

class Batch {
  readonly #ports: BatchPorts;
  readonly #roles: Roles;
  readonly #sharding: Sharding;
  readonly #shards = new Map<string, ShardDraft>();
  readonly #keys: KeyChanges;
  readonly #decisions: Decision[] = [];
  readonly #signed = new Map<string, RoleFile>();
  readonly #rows: RowChange[] = [];
  readonly #projects = new Map<string, ProjectChange>();

  constructor(ports: BatchPorts, roles: Roles) {
    this.#ports = ports;
    this.#roles = roles;
    this.#sharding = makeSharding(ports.shards);
    this.#keys = new KeyChanges(ports.signed, roles, this.#shards);
  }

  async judge(transaction: StoredTransaction): Promise<void> {
    const { id, project, kind } = transaction;
    if (kind === "project" && this.#projects.has(project)) return;
    try {
      if (!this.#ports.seal.isOurs(transaction)) throw forged(id);
      if (project === EVERY_PROJECT) {
        await this.#keys.apply(transaction, this.#sharding.shards);
        this.#decisions.push({ id, outcome: "published" });
        return;
      }
      const draft = await this.#draft(shardOf(this.#sharding, project));
      const present = await this.#present(transaction, draft);
      const changes = judgeTransaction(transaction, present, this.#ports.judgeProject);
      await this.#requireBlobs(changes.blobs ?? []);
      const rows = kind === "project" ? await this.#rowsOfClaim(present, changes) : rowsOf(present, changes);
      this.#apply(draft, present, changes, rows);
      this.#decisions.push({ id, outcome: "published" });
    } catch (error) {
      this.#decisions.push({ id, outcome: "refused", ...refusal(error) });
    }
  }

  judged(): Judged {
    const drafted = [...this.#shards.values()].flatMap((draft) => [...draft.contents()]);
    const contents = new Map([...this.#keys.contents(), ...drafted]);
    return {
      decisions: this.#decisions,
      contents,
      signed: [...this.#signed.values()],
      rows: this.#rows,
      projects: [...this.#projects.values()],
    };
  }

  async #draft(shard: string): Promise<ShardDraft> {
    const known = this.#shards.get(shard);
    if (known !== undefined) return known;
    const draft = await draftOfShard(this.#ports.signed, this.#roles, shard);
    this.#keys.handOver(shard, draft);
    this.#shards.set(shard, draft);
    return draft;
  }

  async #present({ project, kind }: StoredTransaction, draft: ShardDraft): Promise<Present> {
    const { lifetimes, now } = this.#ports;
    const about = { project, sharding: this.#sharding, lifetimes, now, ...draft.present };
    if (kind !== "project") return { ...about, p: undefined, r: undefined, held: undefined, names: new Map() };
    return presentProject(this.#ports, this.#roles, about);
  }

  /** No digest is signed for the first time that leads to nothing: the database alone cannot bring a file in. */
  async #requireBlobs(blobs: readonly RequiredBlob[]): Promise<void> {
    const sizes = await this.#ports.blobs.sizes(blobs.map(({ sha256 }) => sha256));
    for (const [position, { sha256, length }] of blobs.entries()) {
      const size = sizes[position];
      if (size !== undefined && (length === undefined || size === length)) continue;
      throw new ServerError("BLOB_MISSING", `the content with SHA-256 ${sha256} is not in the store`);
    }
  }

  /** What a project's own release role lists is what its page shows. */
  async #rowsOfClaim(present: Present, { signed = [] }: Changes): Promise<readonly RowChange[]> {
    const { project, shard } = present;
    const r = signed.find(({ file }) => file.name === releaseRole(project));
    if (r === undefined) return [];
    const list = [...r.role.signed.targets].map(([path, entry]) =>
      fileOf(project, shard, decodeReleaseFile(path, entry)),
    );
    for (const { folded, filename, sha256 } of list) requireFree(present.names.get(folded), filename, sha256);
    const kept = new Set(list.map(({ filename }) => filename));
    const visible = (await this.#ports.store.filesOf(project)).filter(isVisible);
    const gone = visible.filter(({ filename }) => !kept.has(filename));
    return [
      ...gone.map(({ filename }): RowChange => ({ change: "delete", project, filename })),
      ...list.map((file): RowChange => ({ change: "list", file })),
    ];
  }

  #apply(draft: ShardDraft, { project, shard }: Present, changes: Changes, rows: readonly RowChange[]): void {
    draft.apply(project, changes);
    for (const { file } of changes.signed ?? []) this.#signed.set(file.name, file);
    this.#rows.push(...rows);
    const protection = protectionOf({ project, ...draft.present });
    this.#projects.set(project, { project, shard, protection });
  }
}

/** The rows of a change of `unclaimed.<hex>`. */
function rowsOf({ project, shard }: Present, { list = [], unlist = [] }: Changes): readonly RowChange[] {
  return [
    ...unlist.map((path): RowChange => ({
      change: "delete",
      project,
      filename: path.slice(path.lastIndexOf("/") + 1),
    })),
    ...list.map((file): RowChange => ({ change: "list", file: fileOf(project, shard, file) })),
  ];
}

/** The same name must mean the same bytes, for ever; also where a developer signs otherwise. */
function requireFree(used: UsedName | undefined, filename: string, sha256: string): void {
  if (used === undefined || (used.filename === filename && used.sha256 === sha256)) return;
  throw new RepositoryError("FILE_LISTED", `the name ${filename} has stood for other content`);
}

function isVisible({ publishedIn, deletedIn }: StoredFile): boolean {
  return publishedIn !== undefined && deletedIn === undefined;
}

function forged(id: number): ServerError {
  return new ServerError("TRANSACTION_FORGED", `transaction ${id} was written by somebody else than this index`);
}

/** What a refusal is recorded as. What is no refusal of the transaction itself ends the batch. */
function refusal(error: unknown): { readonly code: string; readonly reason: string } {
  const ofTransaction =
    error instanceof RepositoryError ||
    error instanceof PackagingError ||
    error instanceof TufError ||
    (error instanceof ServerError && (error.code === "BLOB_MISSING" || error.code === "TRANSACTION_FORGED"));
  if (!ofTransaction) throw error;
  return { code: error.code, reason: error.message };
}
