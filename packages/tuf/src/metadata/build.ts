import { TufError } from "../errors.ts";
import type { JsonObject } from "../json/value.ts";
import type { PublicKey } from "../keys/key.ts";
import { NOTHING_UNKNOWN, SPEC_VERSION } from "./fields.ts";
import type {
  DelegatedRole,
  Delegations,
  FileMeta,
  RoleKeys,
  Root,
  Snapshot,
  TargetFile,
  Targets,
  Timestamp,
  TopLevelRole,
} from "./model.ts";
import { shown } from "../shown.ts";

interface Common {
  readonly version: number;
  /** Milliseconds since the epoch. */
  readonly expires: number;
  readonly unknown?: JsonObject;
}

/** What `makeX` accepts where `unknown` may be left out. */
export type Draft<T> = Omit<T, "unknown"> & { readonly unknown?: JsonObject };

function common({ version, expires, unknown = NOTHING_UNKNOWN }: Common) {
  return { specVersion: SPEC_VERSION, version, expires, unknown };
}

function roleKeys({ keyIds, threshold, unknown = NOTHING_UNKNOWN }: Draft<RoleKeys>): RoleKeys {
  return { keyIds, threshold, unknown };
}

/** `keys` by key id. Consistent snapshots unless told otherwise. */
export function makeRoot(
  draft: Common & {
    readonly keys: readonly PublicKey[] | ReadonlyMap<string, PublicKey>;
    readonly roles: Readonly<Record<TopLevelRole, Draft<RoleKeys>>> | ReadonlyMap<TopLevelRole, RoleKeys>;
    readonly consistentSnapshot?: boolean;
  },
): Root {
  const { keys, roles, consistentSnapshot = true } = draft;
  return {
    type: "root",
    ...common(draft),
    consistentSnapshot,
    keys: keys instanceof Map ? (keys as ReadonlyMap<string, PublicKey>) : byKeyId(keys as readonly PublicKey[]),
    roles:
      roles instanceof Map
        ? (roles as ReadonlyMap<TopLevelRole, RoleKeys>)
        : rolesByName(roles as Readonly<Record<TopLevelRole, Draft<RoleKeys>>>),
  };
}

export function makeTimestamp(draft: Common & { readonly snapshot: Draft<FileMeta> }): Timestamp {
  return { type: "timestamp", ...common(draft), snapshot: { unknown: NOTHING_UNKNOWN, ...draft.snapshot } };
}

/** `meta` by role name, without `.json`. */
export function makeSnapshot(draft: Common & { readonly meta: ReadonlyMap<string, Draft<FileMeta>> }): Snapshot {
  const meta = new Map<string, FileMeta>();
  for (const [role, file] of draft.meta) meta.set(role, isWhole(file) ? file : { ...file, unknown: NOTHING_UNKNOWN });
  return { type: "snapshot", ...common(draft), meta };
}

function isWhole(file: Draft<FileMeta>): file is FileMeta {
  return file.unknown !== undefined;
}

export function makeTargets(
  draft: Common & {
    readonly targets?: ReadonlyMap<string, TargetFile>;
    readonly delegations?: Delegations;
  },
): Targets {
  const { targets = new Map<string, TargetFile>(), delegations } = draft;
  return { type: "targets", ...common(draft), targets, ...(delegations !== undefined && { delegations }) };
}

/** Delegations in the order given. Throws `TUF_FORMAT` where one name stands twice. */
export function makeDelegations(draft: {
  readonly keys: readonly PublicKey[];
  readonly roles: readonly Draft<DelegatedRole>[];
}): Delegations {
  const roles = new Map<string, DelegatedRole>();
  for (const role of draft.roles) {
    if (roles.has(role.name)) throw new TufError("TUF_FORMAT", `the role ${shown(role.name)} is delegated to twice`);
    roles.set(role.name, { unknown: NOTHING_UNKNOWN, ...role });
  }
  return { keys: byKeyId(draft.keys), roles, unknown: NOTHING_UNKNOWN };
}

/** A target file by its length in bytes and its SHA-256 in lower-case hex. */
export function makeTargetFile(draft: {
  readonly length: number;
  readonly sha256: string;
  readonly custom?: JsonObject;
}): TargetFile {
  const { length, sha256, custom } = draft;
  return {
    length,
    hashes: new Map([["sha256", sha256]]),
    ...(custom !== undefined && { custom }),
    unknown: NOTHING_UNKNOWN,
  };
}

function byKeyId(keys: readonly PublicKey[]): ReadonlyMap<string, PublicKey> {
  return new Map(keys.map((key) => [key.keyId, key]));
}

function rolesByName(roles: Readonly<Record<TopLevelRole, Draft<RoleKeys>>>): ReadonlyMap<TopLevelRole, RoleKeys> {
  return new Map([
    ["root", roleKeys(roles.root)],
    ["timestamp", roleKeys(roles.timestamp)],
    ["snapshot", roleKeys(roles.snapshot)],
    ["targets", roleKeys(roles.targets)],
  ]);
}
