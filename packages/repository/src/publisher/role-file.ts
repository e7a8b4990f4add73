import { createHash } from "node:crypto";
import { signMetadata, type FileMeta, type Metadata, type Signer, type Targets } from "@countermark/tuf";
import { isDeveloperRole } from "../layout/role-names.ts";

/** One version of one role, signed, as it is stored and served. */
export interface RoleFile {
  /** Role name, such as `unclaimed.3f`, `snapshot`, `root`. */
  readonly name: string;
  readonly version: number;
  /** Milliseconds since the epoch. */
  readonly expires: number;
  readonly bytes: Uint8Array;
  /** Lower-case hex, over the whole file. */
  readonly sha256: string;
  /** Bytes. */
  readonly length: number;
}

/** What a repository must know of each current role to publish: a {@link RoleFile} without its bytes. */
export type RoleRecord = Omit<RoleFile, "bytes">;

/** What a targets role says, before it has a version, an end and a signature. */
export type RoleContent = Pick<Targets, "targets" | "delegations" | "unknown">;

/** The content of a role that says nothing. */
export const NOTHING: RoleContent = { targets: new Map(), unknown: new Map() };

/** Signs a role with every signer and makes the file of it. */
export async function makeRoleFile(name: string, role: Metadata, signers: readonly Signer[]): Promise<RoleFile> {
  const bytes = await signMetadata(role, signers);
  return describeRoleFile(name, role.version, role.expires, bytes);
}

/** The record of a role's bytes that were signed elsewhere. */
export function describeRoleFile(name: string, version: number, expires: number, bytes: Uint8Array): RoleFile {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { name, version, expires, bytes, sha256, length: bytes.length };
}

/** What was said of records that live on from one publication to the next. */
const entries = new WeakMap<RoleRecord, FileMeta>();

/** What snapshot says of a role: of developers' roles version and length, of the others the hash as well. */
export function snapshotEntry(record: RoleRecord): FileMeta {
  let entry = entries.get(record);
  if (entry === undefined) entries.set(record, (entry = makeEntry(record)));
  return entry;
}

function makeEntry({ name, version, length, sha256 }: RoleRecord): FileMeta {
  if (isDeveloperRole(name)) return { version, length, unknown: new Map() };
  return { version, length, hashes: new Map([["sha256", sha256]]), unknown: new Map() };
}
