import {
  decodeKeyChange,
  decodeStatus,
  EVERY_PROJECT,
  RepositoryError,
  shardRole,
  statusContent,
  withKeyChange,
  type RoleContent,
  type ShardDraft,
  type StatusShard,
  type Transaction,
} from "@countermark/repository";
import { record, type Roles, type SignedRoles } from "./signed-roles.ts";

/**
 * Keys that are withdrawn in every shard at once, within one batch. Of a shard that nothing else in the batch changes,
 * the status role alone is read: the lists of a whole index would not fit into memory.
 */
export class KeyChanges {
  readonly #signed: SignedRoles;
  readonly #roles: Roles;
  readonly #drafts: ReadonlyMap<string, ShardDraft>;
  readonly #statuses = new Map<string, StatusShard>();

  /** `drafts`: the shards that the batch changes otherwise, as it goes on. */
  constructor(signed: SignedRoles, roles: Roles, drafts: ReadonlyMap<string, ShardDraft>) {
    this.#signed = signed;
    this.#roles = roles;
    this.#drafts = drafts;
  }

  /**
   * Applies one transaction of {@link EVERY_PROJECT} to all shards, or to none.
   * @throws RepositoryError `TRANSACTION`, `NOT_WITHDRAWN`
   */
  async apply({ kind, payload }: Transaction, shards: readonly string[]): Promise<void> {
    if (kind !== "status") throw new RepositoryError("TRANSACTION", `a ${kind} of no project`);
    const change = decodeKeyChange(payload);
    const next = new Map<string, StatusShard>();
    for (const shard of shards) {
      const status = withKeyChange(await this.#status(shard), change);
      if (status !== undefined) next.set(shard, status);
    }
    if (next.size === 0) throw new RepositoryError("NOT_WITHDRAWN", "this key is withdrawn nowhere");
    for (const [shard, status] of next) {
      const draft = this.#drafts.get(shard);
      if (draft === undefined) this.#statuses.set(shard, status);
      else draft.apply(EVERY_PROJECT, { status });
    }
  }

  /** Gives what was changed of a shard to its draft: from now on the draft stands for it. */
  handOver(shard: string, draft: ShardDraft): void {
    const status = this.#statuses.get(shard);
    if (status === undefined) return;
    draft.apply(EVERY_PROJECT, { status });
    this.#statuses.delete(shard);
  }

  /** The status roles that were changed and are no draft's, to be signed. */
  contents(): ReadonlyMap<string, RoleContent> {
    return new Map([...this.#statuses].map(([shard, status]) => [shardRole("status", shard), statusContent(status)]));
  }

  async #status(shard: string): Promise<StatusShard> {
    const known = this.#drafts.get(shard)?.present.status ?? this.#statuses.get(shard);
    if (known !== undefined) return known;
    const name = shardRole("status", shard);
    return decodeStatus(await this.#signed.content(record(this.#roles, name)), name);
  }
}
