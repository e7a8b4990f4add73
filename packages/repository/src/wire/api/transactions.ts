import { encodeJson, formatTime, jsonObject, type JsonObject, type PlainJson } from "@countermark/tuf";
import type { Protection } from "../../project/listing.ts";
import { DIGEST, FILENAME, ID, LINE } from "./forms.ts";
import { malformed, Members } from "./members.ts";

/** Largest `p.` or `r.` that is taken, in bytes: a list of some 40,000 files. */
export const MAX_DEVELOPER_ROLE_BYTES = 11 * 1024 * 1024;
/** Largest commit: both roles in base64. */
export const MAX_COMMIT_BODY_BYTES = 30 * 1024 * 1024;
/** Files in one transaction. */
export const MAX_TRANSACTION_FILES = 500;
/** Largest answer but those that carry roles. */
const MAX_SMALL_BODY_BYTES = 1024 * 1024;

const base64 = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString("base64");
const write = (members: Readonly<Record<string, PlainJson | undefined>>): Uint8Array => encodeJson(jsonObject(members));

/** How a project stands for a publisher: as for an installer, or not at all. */
export type ProjectStanding = Protection | "none";
const STANDING = /^(?:none|unclaimed|sealed|recently-claimed|claimed)$/;

/** The present roles of a project: whole files, to be verified like any others. */
export interface ProjectState {
  readonly standing: ProjectStanding;
  readonly p?: Uint8Array;
  readonly r?: Uint8Array;
}

function stateMembers({ standing, p, r }: ProjectState) {
  return { standing, p: base64(p), r: base64(r) };
}

/** Reads the members that `GET projects/<project>`, an opened transaction and a conflict have in common. */
export function readProjectState(members: Members): ProjectState {
  const role = (name: string) => members.bytes(name, MAX_DEVELOPER_ROLE_BYTES);
  const [p, r] = [members.optional("p", role), members.optional("r", role)];
  const standing = members.text("standing", STANDING) as ProjectStanding;
  return { standing, ...(p !== undefined && { p }), ...(r !== undefined && { r }) };
}

/** The state as the members of a refusal `TX_CONFLICT`. */
export function projectStateMembers(state: ProjectState): JsonObject {
  return jsonObject(stateMembers(state));
}

export function encodeProjectState(state: ProjectState): Uint8Array {
  return write(stateMembers(state));
}

export function decodeProjectState(body: Uint8Array): ProjectState {
  return readProjectState(Members.parse(body, MAX_COMMIT_BODY_BYTES));
}

/** `POST projects/<project>/transactions`: a transaction that was opened, and what it must be built upon. */
export interface OpenedTransaction extends ProjectState {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

export function encodeOpenedTransaction(opened: OpenedTransaction): Uint8Array {
  return write({ id: opened.id, expires: formatTime(opened.expires), ...stateMembers(opened) });
}

export function decodeOpenedTransaction(body: Uint8Array): OpenedTransaction {
  const members = Members.parse(body, MAX_COMMIT_BODY_BYTES);
  return { id: members.text("id", ID), expires: members.time("expires"), ...readProjectState(members) };
}

/** `PUT …/files/<filename>`: what the server found in the bytes it was sent. The client compares with its own reading. */
export interface ReceivedFile {
  readonly filename: string;
  readonly sha256: string;
  readonly length: number;
}

export function encodeReceivedFile({ filename, sha256, length }: ReceivedFile): Uint8Array {
  return write({ filename, sha256, length });
}

export function decodeReceivedFile(body: Uint8Array): ReceivedFile {
  return readReceivedFile(Members.parse(body, MAX_SMALL_BODY_BYTES));
}

function readReceivedFile(members: Members): ReceivedFile {
  return {
    filename: members.text("filename", FILENAME),
    sha256: members.text("sha256", DIGEST),
    length: members.count("length", 0, Number.MAX_SAFE_INTEGER),
  };
}

/** `POST …/commit`: the signed role files, as they are to be served. At least one of them. */
export interface CommitRequest {
  readonly p?: Uint8Array;
  readonly r?: Uint8Array;
}

export function encodeCommitRequest({ p, r }: CommitRequest): Uint8Array {
  return write({ p: base64(p), r: base64(r) });
}

export function decodeCommitRequest(body: Uint8Array): CommitRequest {
  const members = Members.parse(body, MAX_COMMIT_BODY_BYTES);
  const role = (name: string) => members.bytes(name, MAX_DEVELOPER_ROLE_BYTES);
  const [p, r] = [members.optional("p", role), members.optional("r", role)];
  members.end();
  if (p === undefined && r === undefined) throw malformed("neither p nor r stands in the commit");
  return { ...(p !== undefined && { p }), ...(r !== undefined && { r }) };
}

/** What a commit did: versions that are published, or which co-signers are still missing. */
export interface CommitOutcome {
  /** `waiting`: kept for others to sign; nothing is published. */
  readonly outcome: "published" | "waiting";
  readonly p?: number;
  readonly r?: number;
  /** Lines for people: what is allowed, and unwise. */
  readonly warnings: readonly string[];
}

export function encodeCommitOutcome({ outcome, p, r, warnings }: CommitOutcome): Uint8Array {
  return write({ outcome, p, r, warnings: warnings.map((text) => jsonObject({ text })) });
}

export function decodeCommitOutcome(body: Uint8Array): CommitOutcome {
  const members = Members.parse(body, MAX_SMALL_BODY_BYTES);
  const version = (name: string) => members.count(name, 1, Number.MAX_SAFE_INTEGER);
  const [p, r] = [members.optional("p", version), members.optional("r", version)];
  return {
    outcome: members.text("outcome", /^(?:published|waiting)$/) as CommitOutcome["outcome"],
    ...(p !== undefined && { p }),
    ...(r !== undefined && { r }),
    warnings: members.list("warnings", 100).map((each) => each.text("text", /^[^\u0000-\u001f\u007f]{1,2000}$/)),
  };
}

/** A transaction that waits for more signatures: the roles as signed so far. */
export interface WaitingTransaction extends CommitRequest {
  readonly id: string;
  readonly expires: number;
}

/** `GET …/transactions`: those that wait, without the roles. */
export function encodeWaitingList(waiting: readonly Pick<WaitingTransaction, "id" | "expires">[]): Uint8Array {
  return write({ waiting: waiting.map(({ id, expires }) => jsonObject({ id, expires: formatTime(expires) })) });
}

export function decodeWaitingList(body: Uint8Array): readonly Pick<WaitingTransaction, "id" | "expires">[] {
  const members = Members.parse(body, MAX_SMALL_BODY_BYTES);
  return members.list("waiting", 1000).map((each) => ({ id: each.text("id", ID), expires: each.time("expires") }));
}

/** `GET …/transactions/<id>`. */
export function encodeWaiting({ id, expires, p, r }: WaitingTransaction): Uint8Array {
  return write({ id, expires: formatTime(expires), p: base64(p), r: base64(r) });
}

export function decodeWaiting(body: Uint8Array): WaitingTransaction {
  const members = Members.parse(body, MAX_COMMIT_BODY_BYTES);
  const role = (name: string) => members.bytes(name, MAX_DEVELOPER_ROLE_BYTES);
  const [p, r] = [members.optional("p", role), members.optional("r", role)];
  return {
    id: members.text("id", ID),
    expires: members.time("expires"),
    ...(p !== undefined && { p }),
    ...(r !== undefined && { r }),
  };
}

/** A file that a token alone has uploaded to a claimed project: no installer sees it until a releaser lists it. */
export interface StagedFile extends ReceivedFile {
  /** Who sent it: an account, or a token's label. */
  readonly by: string;
  readonly uploaded: number;
  readonly expires: number;
}

export function encodeStagedFiles(files: readonly StagedFile[]): Uint8Array {
  return write({
    staged: files.map(({ filename, sha256, length, by, uploaded, expires }) =>
      jsonObject({ filename, sha256, length, by, uploaded: formatTime(uploaded), expires: formatTime(expires) }),
    ),
  });
}

export function decodeStagedFiles(body: Uint8Array): readonly StagedFile[] {
  const members = Members.parse(body, MAX_SMALL_BODY_BYTES);
  return members.list("staged", 10_000).map((each) => ({
    ...readReceivedFile(each),
    by: each.text("by", LINE),
    uploaded: each.time("uploaded"),
    expires: each.time("expires"),
  }));
}
