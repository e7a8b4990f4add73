import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CeremonyRoles, SignedRole } from "@countermark/repository";
import { parseJson, type JsonObject, type JsonValue } from "@countermark/tuf";
import { ServerError, systemError } from "../errors.ts";
import { writeWholeFile } from "../storage/durable.ts";

/** Stands beside the offline keys and is carried with them. */
const FILE = "ceremony.json";
const FORMAT = 1;
const DIGEST = /^[0-9a-f]{64}$/;
/** Owner only: whoever could change it could have a forgery signed. */
const MODE = 0o600;

/**
 * What the holder of the offline keys remembers of the index, so that a ceremony need not believe the database. Two
 * states stand in it from before a ceremony is published until it is known to be: a crash in between leaves either.
 */
export interface CeremonyRecord {
  /** SHA-256 of `1.root.json`, lower-case hex. */
  readonly repositoryId: string;
  /** The roles of the last ceremony. */
  readonly roles: CeremonyRoles;
  /** The roles of a ceremony that may not have been published. */
  readonly next?: CeremonyRoles;
}

/** Writes the record; when this is fulfilled it survives a crash of the machine. */
export async function writeCeremonyRecord(folder: string, record: CeremonyRecord): Promise<void> {
  const content = {
    "countermark-ceremony": FORMAT,
    repository: record.repositoryId,
    roles: Object.fromEntries(record.roles),
    ...(record.next !== undefined && { next: Object.fromEntries(record.next) }),
  };
  await writeWholeFile(join(folder, FILE), `${JSON.stringify(content, null, 1)}\n`, { mode: MODE });
}

/**
 * Reads the record of the last ceremony. Without it there is nothing to hold the database against, so nothing is signed.
 * @throws ServerError `CEREMONY_RECORD`
 */
export async function readCeremonyRecord(folder: string): Promise<CeremonyRecord> {
  const path = join(folder, FILE);
  const members = jsonObjectOf(path, await readRecord(path));
  const repositoryId = members.get("repository");
  if (members.get("countermark-ceremony") !== FORMAT) throw refuse(path, "is not one that this program knows");
  if (typeof repositoryId !== "string" || !DIGEST.test(repositoryId)) throw refuse(path, "names no index");
  const next = members.get("next");
  return {
    repositoryId,
    roles: rolesOf(path, members.get("roles")),
    ...(next !== undefined && { next: rolesOf(path, next) }),
  };
}

async function readRecord(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const known = systemError(error, `cannot read ${path}`);
    if (known instanceof ServerError && known.code === "NO_SUCH_PATH") throw refuse(path, "is missing");
    throw known;
  }
}

function jsonObjectOf(path: string, bytes: Uint8Array): JsonObject {
  try {
    const value = parseJson(bytes);
    if (value instanceof Map) return value as JsonObject;
  } catch {
    // Refused below, with the path.
  }
  throw refuse(path, "is not one that this program knows");
}

function rolesOf(path: string, value: JsonValue | undefined): CeremonyRoles {
  if (!(value instanceof Map)) throw refuse(path, "names no roles");
  return new Map([...(value as JsonObject)].map(([name, role]) => [name, roleOf(path, name, role)]));
}

function roleOf(path: string, name: string, value: JsonValue): SignedRole {
  const role: JsonObject = value instanceof Map ? (value as JsonObject) : new Map();
  const [version, sha256] = [role.get("version"), role.get("sha256")];
  if (typeof version !== "number" || version < 1 || typeof sha256 !== "string" || !DIGEST.test(sha256)) {
    throw refuse(path, `says nothing of the role ${JSON.stringify(name)}`);
  }
  return { version, sha256 };
}

function refuse(path: string, what: string): ServerError {
  return new ServerError("CEREMONY_RECORD", `the record of the last ceremony, ${path}, ${what}`, {
    hint: "it is written with the offline keys and belongs beside them: bring it from where a copy of the keys lies",
  });
}
