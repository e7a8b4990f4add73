import {
  makeSnapshot,
  makeTargets,
  makeTimestamp,
  readTargets,
  verifySignatures,
  type FileMeta,
  type Targets,
} from "@countermark/tuf";
import { RepositoryError } from "../errors.ts";
import { isDue, type Lifetimes } from "../layout/lifetimes.ts";
import { makeRoleFile, snapshotEntry, type RoleContent, type RoleFile, type RoleRecord } from "./role-file.ts";
import { onlineRoleOf, signerOf, type OnlineSigners } from "./signers.ts";

/** The present state of a repository, as its store knows it. */
export interface PublishedState {
  /** Every current role that snapshot lists, by name. */
  readonly roles: ReadonlyMap<string, RoleRecord>;
  /** 0 before the first publication. */
  readonly snapshotVersion: number;
  readonly timestampVersion: number;
}

/** What a publication should change. */
export interface PublicationInput {
  readonly state: PublishedState;
  /** Roles that the index signs now: unsigned content, whose version and expiry are set here. */
  readonly contents: ReadonlyMap<string, RoleContent>;
  /** Roles that others signed: key holders at a ceremony, developers. */
  readonly signed: readonly RoleFile[];
  readonly signers: OnlineSigners;
  readonly lifetimes: Lifetimes;
  readonly now: number;
}

/** What is to be stored in one step: all of it, or none. */
export interface Publication {
  /** New versions of roles, snapshot and timestamp not among them. */
  readonly roles: readonly RoleFile[];
  readonly snapshot: RoleFile;
  readonly timestamp: RoleFile;
}

/**
 * Plans and signs one publication: touched roles, then the snapshot that lists them, then the timestamp that lists it.
 * Stores nothing: the caller stores the result in one step, comparing `state.snapshotVersion`.
 * @throws RepositoryError `PUBLICATION` when a version does not go up by exactly one, or a role is not signed online
 */
export async function publish(input: PublicationInput): Promise<Publication> {
  const roles = [...(await signContents(input)), ...input.signed];
  const current = new Map(input.state.roles);
  for (const file of roles) {
    requireNext(input.state, file);
    current.set(file.name, file);
  }
  const snapshot = await signSnapshot(input, current);
  return { roles, snapshot, timestamp: await signTimestamp(input, snapshot) };
}

/** A timestamp alone, over the snapshot that is already there: what a quiet index publishes day by day. */
export async function signTimestamp(
  input: Pick<PublicationInput, "state" | "signers" | "lifetimes" | "now">,
  snapshot: RoleRecord,
): Promise<RoleFile> {
  const { version, length, sha256 } = snapshot;
  const timestamp = makeTimestamp({
    version: input.state.timestampVersion + 1,
    expires: input.now + input.lifetimes.timestamp,
    snapshot: { version, length, hashes: new Map([["sha256", sha256]]), unknown: new Map() },
  });
  return await makeRoleFile("timestamp", timestamp, [input.signers.timestamp]);
}

async function signSnapshot(input: PublicationInput, roles: ReadonlyMap<string, RoleRecord>): Promise<RoleFile> {
  const meta = new Map<string, FileMeta>();
  for (const [name, record] of roles) meta.set(name, snapshotEntry(record));
  const snapshot = makeSnapshot({
    version: input.state.snapshotVersion + 1,
    expires: input.now + input.lifetimes.online,
    meta,
  });
  return await makeRoleFile("snapshot", snapshot, [input.signers.snapshot]);
}

async function signContents(input: PublicationInput): Promise<readonly RoleFile[]> {
  const expires = input.now + input.lifetimes.online;
  const files: RoleFile[] = [];
  for (const [name, content] of input.contents) {
    const role = onlineRoleOf(name);
    if (role === undefined) throw new RepositoryError("PUBLICATION", `the index may not sign role ${name}`, name);
    const version = (input.state.roles.get(name)?.version ?? 0) + 1;
    files.push(
      await makeRoleFile(name, makeTargets({ ...content, version, expires }), [signerOf(input.signers, role)]),
    );
  }
  return files;
}

function requireNext(state: PublishedState, file: RoleFile): void {
  const present = state.roles.get(file.name)?.version ?? 0;
  if (file.version === present + 1) return;
  const what = `role ${file.name} would go from version ${present} to ${file.version}`;
  throw new RepositoryError("PUBLICATION", `${what}: versions go up by exactly one`, file.name);
}

/** Names of the online roles that should be signed anew now, with the same content. */
export function dueRoles(roles: Iterable<RoleRecord>, lifetimes: Lifetimes, now: number): readonly string[] {
  const due: string[] = [];
  for (const { name, expires } of roles) {
    if (isDue(expires, lifetimes.online, now) && onlineRoleOf(name) !== undefined) due.push(name);
  }
  return due;
}

/**
 * The content of a role that the index has signed before, to be signed anew or built upon. Its own key must have signed
 * these bytes, as this version: whoever can write to the store alone must not get anything else signed.
 * @throws RepositoryError `PUBLICATION`; TufError `TUF_SIGNATURE`, or what reading it refuses
 */
export function contentOf(
  record: Pick<RoleRecord, "name" | "version">,
  bytes: Uint8Array,
  signers: OnlineSigners,
): RoleContent {
  const { name, version } = record;
  const role = onlineRoleOf(name);
  if (role === undefined) throw new RepositoryError("PUBLICATION", `the index does not sign role ${name}`, name);
  const { publicKey } = signerOf(signers, role);
  const envelope = readTargets(bytes);
  const keys = { keyIds: [publicKey.keyId], threshold: 1, unknown: new Map() };
  verifySignatures(envelope, new Map([[publicKey.keyId, publicKey]]), keys, name);
  if (envelope.signed.version !== version) {
    throw new RepositoryError(
      "PUBLICATION",
      `role ${name} has version ${envelope.signed.version}, not ${version}`,
      name,
    );
  }
  return withoutTerm(envelope.signed);
}

function withoutTerm({ targets, delegations, unknown }: Targets): RoleContent {
  return { targets, unknown, ...(delegations !== undefined && { delegations }) };
}
