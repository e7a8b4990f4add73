import { encodeJson, jsonObject, parseJson, TufError, type JsonObject, type JsonValue } from "@countermark/tuf";
import { RepositoryError } from "../errors.ts";
import type { CeremonyRoles, SignedRole } from "./record.ts";

const FORMAT = 1;
const DIGEST = /^[0-9a-f]{64}$/;
/** Largest record that is read: 65,536 shards, twice over, twice. */
const MAX_RECORD_BYTES = 128 * 1024 * 1024;

/**
 * What the holder of the offline keys remembers of the index, so that a ceremony need not believe the database. Two
 * states stand in it from before a ceremony is published until it is known to be: a crash in between leaves either.
 */
export interface CeremonyRecord {
  /** SHA-256 of `1.root.json`, lower-case hex. */
  readonly repositoryId: string;
  /** The roles of the last ceremony. */
  readonly roles: CeremonyRoles;
  /** Merkle root over the projects of the last ceremony; none before the first that looked at projects. */
  readonly state?: string;
  /** The roles of a ceremony that may not have been published. */
  readonly next?: CeremonyRoles;
  /** The Merkle root of that ceremony. */
  readonly nextState?: string;
}

/** The record as a file. */
export function encodeCeremonyRecord({ repositoryId, roles, state, next, nextState }: CeremonyRecord): Uint8Array {
  return encodeJson(
    jsonObject({
      "countermark-ceremony": FORMAT,
      repository: repositoryId,
      ...{ roles: encodeRoles(roles), state, next: next && encodeRoles(next), "next-state": nextState },
    }),
  );
}

function encodeRoles(roles: CeremonyRoles): JsonObject {
  return new Map(
    [...roles].map(([name, { version, sha256, content }]) => [name, jsonObject({ version, sha256, content })]),
  );
}

/** Reads a record. Throws `CEREMONY`. */
export function decodeCeremonyRecord(file: Uint8Array): CeremonyRecord {
  const members = parsed(file);
  const repositoryId = members.get("repository");
  if (members.get("countermark-ceremony") !== FORMAT) throw refuse("is not one that this program knows");
  if (typeof repositoryId !== "string" || !DIGEST.test(repositoryId)) throw refuse("names no index");
  const [next, state, nextState] = [members.get("next"), digest(members, "state"), digest(members, "next-state")];
  return {
    repositoryId,
    roles: rolesOf(members.get("roles")),
    ...(state !== undefined && { state }),
    ...(next !== undefined && { next: rolesOf(next) }),
    ...(nextState !== undefined && { nextState }),
  };
}

function parsed(file: Uint8Array): JsonObject {
  try {
    const value = parseJson(file, { maxBytes: MAX_RECORD_BYTES });
    if (value instanceof Map) return value as JsonObject;
  } catch (error) {
    if (!(error instanceof TufError)) throw error;
  }
  throw refuse("is not one that this program knows");
}

function digest(members: JsonObject, name: string): string | undefined {
  const value = members.get(name);
  if (value === undefined || (typeof value === "string" && DIGEST.test(value))) return value;
  throw refuse(`has an invalid ${name}`);
}

function rolesOf(value: JsonValue | undefined): CeremonyRoles {
  if (!(value instanceof Map)) throw refuse("names no roles");
  return new Map([...(value as JsonObject)].map(([name, role]) => [name, roleOf(name, role)]));
}

function roleOf(name: string, value: JsonValue): SignedRole {
  const role: JsonObject = value instanceof Map ? (value as JsonObject) : new Map();
  const version = role.get("version");
  const [sha256, content] = [digest(role, "sha256"), digest(role, "content")];
  if (typeof version !== "number" || version < 1 || (sha256 ?? content) === undefined) {
    throw refuse(`says nothing of the role ${JSON.stringify(name)}`);
  }
  return { version, ...(sha256 !== undefined && { sha256 }), ...(content !== undefined && { content }) };
}

function refuse(what: string): RepositoryError {
  return new RepositoryError("CEREMONY", `the record of the last ceremony ${what}`);
}
