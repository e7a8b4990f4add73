import { encodeJson, jsonObject, type JsonObject } from "@countermark/tuf";
import { Members } from "./members.ts";

/** The media type of every refusal of the API (RFC 9457). */
export const PROBLEM_TYPE = "application/problem+json";
/** Largest refusal that a client reads: a conflict carries the present roles. */
export const MAX_PROBLEM_BYTES = 48 * 1024 * 1024;

/** A refusal of the API (RFC 9457), with our own members `code` and `hint`. */
export interface Problem {
  /** The HTTP status. */
  readonly status: number;
  /** A code of docs/errors.md. */
  readonly code: string;
  /** One line without a full stop. */
  readonly detail: string;
  readonly hint?: string;
  /** Members that this code has beyond these, such as the present state of a conflict. */
  readonly more?: JsonObject;
}

/** The body of a refusal. */
export function encodeProblem({ status, code, detail, hint, more = new Map() }: Problem): Uint8Array {
  return encodeJson(new Map([...more, ...jsonObject({ status, code, title: code, detail, hint })]));
}

const TEXT = /^[^\u0000-\u0008\u000b-\u001f\u007f]{0,2000}$/;

/** Reads a refusal. Throws `WIRE_FORMAT`. */
export function decodeProblem(body: Uint8Array): Problem & { readonly members: Members } {
  const members = Members.parse(body, MAX_PROBLEM_BYTES);
  const hint = members.optional("hint", (name) => members.text(name, TEXT));
  return {
    status: members.count("status", 400, 599),
    code: members.text("code", /^[A-Z][A-Z0-9_]{1,63}$/),
    detail: members.text("detail", TEXT),
    ...(hint !== undefined && { hint }),
    members,
  };
}
