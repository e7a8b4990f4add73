import type { Envelope, PublicKey, Targets } from "@countermark/tuf";
import type { Lifetimes } from "../../layout/lifetimes.ts";
import type { Sharding } from "../../layout/sharding.ts";
import type { ProjectStanding } from "../../wire/api/transactions.ts";
import type { KeySet } from "../owners-field.ts";
import type { FileList } from "../release-change.ts";

/** Both roles of a project, read and not yet believed. */
export interface Offer {
  readonly p: Envelope<Targets> | undefined;
  readonly r: Envelope<Targets> | undefined;
}

/** A file that the server has received for this transaction and checked from end to end, as one of this project. */
export interface ReceivedBlob {
  readonly filename: string;
  readonly sha256: string;
  /** Bytes. */
  readonly length: number;
  readonly requiresPython?: string;
  /** SHA-256 of the wheel's METADATA. */
  readonly coreMetadata?: string;
  /** When a commit first listed this content, in milliseconds since the epoch; undefined: it is only now. */
  readonly listedAt?: number;
}

/** A file name that the project has used at some time. */
export interface FormerFile {
  readonly filename: string;
  readonly sha256: string;
  readonly deleted: boolean;
}

/** What stands when a transaction is checked. All of it is verified already. */
export interface Situation {
  readonly project: string;
  readonly standing: ProjectStanding;
  readonly sharding: Sharding;
  readonly lifetimes: Lifetimes;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Who the delegation to `p.` names; undefined where there is no claim. */
  readonly delegated: KeySet | undefined;
  /** Owners that stood when the claim was proposed to a ceremony that is not over; undefined where none is. */
  readonly held: KeySet | undefined;
  readonly p: Envelope<Targets> | undefined;
  readonly r: Envelope<Targets> | undefined;
  /** What is listed of an unclaimed project. */
  readonly unclaimed: FileList;
  /** Every name that the project has used, by its folded form. */
  readonly names: ReadonlyMap<string, FormerFile>;
  /** Identities of keys that count for nothing in this project. */
  readonly withdrawn: ReadonlyMap<string, string>;
  /** Files of this transaction and of staging, by name. */
  readonly received: ReadonlyMap<string, ReceivedBlob>;
  /** The other project that names a key as one of CI, by the key's identity. */
  readonly ciProjectOf: (identity: string) => string | undefined;
  /** Throws for a key that must not be let in: too weak, of small order, in another spelling than ours. */
  readonly requireAdmissible: (key: PublicKey) => void;
}
