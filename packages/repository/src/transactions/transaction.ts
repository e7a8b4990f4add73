import { encodeJson, parseJson, type JsonObject, type JsonValue } from "@countermark/tuf";
import { RepositoryError } from "../errors.ts";

/** What a transaction may do. */
export const TRANSACTION_KINDS = ["files", "yank", "unyank", "delete", "status", "project"] as const;

/**
 * `files` lists files of projects that nobody signs for; `yank`, `unyank` and `delete` change such listings; `status`
 * withdraws, restores and marks; `project` carries roles that developers signed.
 */
export type TransactionKind = (typeof TRANSACTION_KINDS)[number];

/** In place of a project's name: the change is of every shard. Only a `status` transaction of a key may say so. */
export const EVERY_PROJECT = "";

/** One change of the index that was accepted: it is published as a whole or refused as a whole. */
export interface Transaction {
  readonly kind: TransactionKind;
  /** Normalised; or {@link EVERY_PROJECT}. */
  readonly project: string;
  /** Canonical JSON in the form of its kind (docs/spec/transactions.md). */
  readonly payload: Uint8Array;
}

/** Most bytes of a payload. */
export const MAX_PAYLOAD_BYTES = 32 * 1024 * 1024;

/** The one encoding of a payload. */
export function encodePayload(payload: JsonObject): Uint8Array {
  return encodeJson(payload);
}

/**
 * Reads a payload with exactly the members of `required` and at most those of `optional`.
 * @throws RepositoryError `TRANSACTION`
 */
export function decodePayload(
  payload: Uint8Array,
  required: readonly string[],
  optional: readonly string[] = [],
): JsonObject {
  const value = parsed(payload);
  if (!(value instanceof Map)) throw malformed("is no JSON object");
  const members = value as JsonObject;
  for (const name of required) if (!members.has(name)) throw malformed(`has no ${name}`);
  for (const name of members.keys()) {
    if (!required.includes(name) && !optional.includes(name)) throw malformed(`has an unknown ${JSON.stringify(name)}`);
  }
  return members;
}

function parsed(payload: Uint8Array): JsonValue {
  if (payload.byteLength > MAX_PAYLOAD_BYTES) throw malformed(`is longer than ${MAX_PAYLOAD_BYTES} bytes`);
  try {
    return parseJson(payload);
  } catch (error) {
    throw malformed(`is no JSON that can be read: ${(error as Error).message}`);
  }
}

/** A string of a payload. */
export function textMember(members: JsonObject, name: string): string {
  const value = members.get(name);
  if (typeof value !== "string") throw malformed(`has an invalid ${name}`);
  return value;
}

/** A payload that is not in the form of its kind. */
export function malformed(what: string): RepositoryError {
  return new RepositoryError("TRANSACTION", `the transaction's payload ${what}`);
}
