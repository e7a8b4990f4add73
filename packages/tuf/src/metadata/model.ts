import type { JsonObject } from "../json/value.ts";
import type { PublicKey } from "../keys/key.ts";

/** The roles that a root names (TUF 4.3). */
export type TopLevelRole = "root" | "timestamp" | "snapshot" | "targets";

/** What every `signed` object carries (TUF 4.3). */
export interface SignedCommon {
  readonly specVersion: string;
  /** A positive safe integer. */
  readonly version: number;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly expires: number;
  /** Members that the specification does not name, kept as they were read. */
  readonly unknown: JsonObject;
}

/** Which keys may sign a role, and how many distinct ones must (TUF 4.3, 4.5). */
export interface RoleKeys {
  readonly keyIds: readonly string[];
  /** At least 1. */
  readonly threshold: number;
  readonly unknown: JsonObject;
}

/** `root.json` (TUF 4.3). */
export interface Root extends SignedCommon {
  readonly type: "root";
  readonly consistentSnapshot: boolean;
  readonly keys: ReadonlyMap<string, PublicKey>;
  readonly roles: ReadonlyMap<TopLevelRole, RoleKeys>;
}

/** What timestamp says of snapshot, and snapshot of each targets role (TUF 4.4, 4.6). */
export interface FileMeta {
  readonly version: number;
  /** Bytes. */
  readonly length?: number;
  /** Algorithm to lower-case hex digest. */
  readonly hashes?: ReadonlyMap<string, string>;
  readonly unknown: JsonObject;
}

/** `timestamp.json` (TUF 4.6). */
export interface Timestamp extends SignedCommon {
  readonly type: "timestamp";
  readonly snapshot: FileMeta;
}

/** `snapshot.json` (TUF 4.4). */
export interface Snapshot extends SignedCommon {
  readonly type: "snapshot";
  /** By role name, without `.json`. */
  readonly meta: ReadonlyMap<string, FileMeta>;
}

/** One target file (TUF 4.5). */
export interface TargetFile {
  /** Bytes. */
  readonly length: number;
  /** Algorithm to lower-case hex digest; never empty. */
  readonly hashes: ReadonlyMap<string, string>;
  readonly custom?: JsonObject;
  readonly unknown: JsonObject;
}

/** One delegation (TUF 4.5): exactly one of `paths` and `pathHashPrefixes` stands. */
export interface DelegatedRole extends RoleKeys {
  readonly name: string;
  readonly terminating: boolean;
  readonly paths?: readonly string[];
  readonly pathHashPrefixes?: readonly string[];
}

/** Bins of equal size by one declaration (TAP 15). */
export interface SuccinctRoles extends RoleKeys {
  /** 1 to 32: there are 2^bitLength bins. */
  readonly bitLength: number;
  readonly namePrefix: string;
}

/** To whom a targets role delegates, in order (TUF 4.5). */
export interface Delegations {
  readonly keys: ReadonlyMap<string, PublicKey>;
  /** By name, in the order of the file. Empty where `succinct` stands. */
  readonly roles: ReadonlyMap<string, DelegatedRole>;
  readonly succinct?: SuccinctRoles;
  readonly unknown: JsonObject;
}

/** `targets.json` and every delegated role (TUF 4.5). */
export interface Targets extends SignedCommon {
  readonly type: "targets";
  readonly targets: ReadonlyMap<string, TargetFile>;
  readonly delegations?: Delegations;
}

/** Any of the four kinds of metadata. */
export type Metadata = Root | Timestamp | Snapshot | Targets;

/** A metadata file that was read but not yet believed. */
export interface Envelope<T extends Metadata> {
  /** The whole file, byte for byte. */
  readonly bytes: Uint8Array;
  readonly signed: T;
  /** What the signatures are over: the canonical form of `signed`. */
  readonly message: Uint8Array;
  /** Whether the received slice of `signed` was canonical already. */
  readonly canonical: boolean;
  /** By key id. */
  readonly signatures: ReadonlyMap<string, Uint8Array>;
}
