import type { Envelope, TargetFile, Targets } from "@countermark/tuf";
import type { Lifetimes } from "../layout/lifetimes.ts";
import type { KeySet } from "../claimed/owners-field.ts";
import type { Sharding } from "../layout/sharding.ts";
import type { RoleContent, RoleFile } from "../publisher/role-file.ts";
import type { StatusShard } from "../status/status.ts";
import type { ReleaseFile } from "../wire/release-file.ts";

/** A developers' role as it stands: verified along its claim, shape included. */
export interface PresentRole {
  readonly file: RoleFile;
  readonly role: Envelope<Targets>;
}

/** A file name that a project has used at some time, as the index remembers it. */
export interface UsedName {
  readonly filename: string;
  readonly sha256: string;
  /** Nobody may use a deleted name again. */
  readonly deleted: boolean;
}

/**
 * What stands when one transaction is judged: the published state, and on top of it whatever earlier transactions of
 * the same batch have changed. What the index signs was verified with its own key.
 */
export interface Present {
  readonly project: string;
  /** The project's shard, in hex. */
  readonly shard: string;
  readonly sharding: Sharding;
  readonly lifetimes: Lifetimes;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** `claimed.<hex>` and `sealed.<hex>`: signed offline. */
  readonly claimed: RoleContent;
  readonly sealed: RoleContent;
  readonly recentlyClaimed: RoleContent;
  /** The entries of `unclaimed.<hex>`, by target path; of all its projects. */
  readonly unclaimed: ReadonlyMap<string, TargetFile>;
  readonly status: StatusShard;
  /**
   * Owners that stood when the claim was proposed to a ceremony that is not over (TRUST.md 5: held). They only add to what a
   * new `p.` needs. For `project` transactions alone.
   */
  readonly held: KeySet | undefined;
  /** `p.<project>` and `r.<project>`; undefined where there is none. For `project` transactions alone. */
  readonly p: PresentRole | undefined;
  readonly r: PresentRole | undefined;
  /** Names the project has used, by folded name. For `project` transactions alone. */
  readonly names: ReadonlyMap<string, UsedName>;
}

/** A blob that must be in the store before anything leads to it. */
export interface RequiredBlob {
  readonly sha256: string;
  /** Bytes; undefined: any. */
  readonly length: number | undefined;
}

/** What a transaction does: all of it, or nothing. */
export interface Changes {
  /** `p.<project>`, `r.<project>`: published verbatim. */
  readonly signed?: readonly { readonly file: RoleFile; readonly role: Envelope<Targets> }[];
  /** The whole next content of `recently-claimed.<hex>`. */
  readonly recentlyClaimed?: RoleContent;
  /** The whole next content of `status.<hex>`. */
  readonly status?: StatusShard;
  /** Entries that `unclaimed.<hex>` has from now on, new or in place of what stood under the same path. */
  readonly list?: readonly ReleaseFile[];
  /** Target paths that leave `unclaimed.<hex>`. */
  readonly unlist?: readonly string[];
  readonly blobs?: readonly RequiredBlob[];
}

/**
 * Judges one transaction. Pure: the same payload and state give the same answer, and nothing is changed.
 * @throws RepositoryError when it must not be published; its code and message are kept as the outcome
 */
export type Judge = (payload: Uint8Array, present: Present) => Changes;
