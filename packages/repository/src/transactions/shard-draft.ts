import type { TargetFile } from "@countermark/tuf";
import { shardRole } from "../layout/sharding.ts";
import type { RoleContent } from "../publisher/role-file.ts";
import { decodeStatus, statusContent, type StatusShard } from "../status/status.ts";
import { encodeReleaseFile } from "../wire/release-file.ts";
import type { Changes, Present } from "./changes.ts";

/** The five roles into which the projects of a shard fall, as they stand: verified. */
export type ShardRoles = Pick<Present, "shard" | "claimed" | "sealed" | "recentlyClaimed"> & {
  readonly unclaimed: RoleContent;
  readonly status: RoleContent;
};

/** A shard as the transactions of one batch change it, one after the other. */
export class ShardDraft {
  readonly #roles: ShardRoles;
  readonly #unclaimed: Map<string, TargetFile>;
  #recentlyClaimed: RoleContent;
  #status: StatusShard;
  readonly #touched = new Set<"unclaimed" | "recently-claimed" | "status">();

  constructor(roles: ShardRoles) {
    this.#roles = roles;
    this.#unclaimed = new Map(roles.unclaimed.targets);
    this.#recentlyClaimed = roles.recentlyClaimed;
    this.#status = decodeStatus(roles.status, shardRole("status", roles.shard));
  }

  /** What stands now. Read before the next `apply`. */
  get present(): Pick<Present, "shard" | "claimed" | "sealed" | "recentlyClaimed" | "unclaimed" | "status"> {
    const { shard, claimed, sealed } = this.#roles;
    return {
      ...{ shard, claimed, sealed },
      recentlyClaimed: this.#recentlyClaimed,
      unclaimed: this.#unclaimed,
      status: this.#status,
    };
  }

  /** Takes the changes of a project over: all of them, for nothing here can fail after it was judged. */
  apply(project: string, { recentlyClaimed, status, list = [], unlist = [] }: Changes): void {
    const entries = list.map((file) => encodeReleaseFile(project, file));
    for (const path of unlist) this.#unclaimed.delete(path);
    for (const [path, entry] of entries) this.#unclaimed.set(path, entry);
    if (list.length + unlist.length > 0) this.#touched.add("unclaimed");
    if (recentlyClaimed !== undefined) {
      this.#recentlyClaimed = recentlyClaimed;
      this.#touched.add("recently-claimed");
    }
    if (status !== undefined) {
      this.#status = status;
      this.#touched.add("status");
    }
  }

  /** The roles that were changed, to be signed. */
  contents(): ReadonlyMap<string, RoleContent> {
    const { shard, unclaimed } = this.#roles;
    const all = {
      unclaimed: () => ({ targets: this.#unclaimed, unknown: unclaimed.unknown }),
      "recently-claimed": () => this.#recentlyClaimed,
      status: () => statusContent(this.#status),
    };
    return new Map([...this.#touched].map((role) => [shardRole(role, shard), all[role]()]));
  }
}
