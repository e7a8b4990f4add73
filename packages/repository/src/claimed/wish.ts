import { jsonObject, type JsonObject, type Targets } from "@countermark/tuf";
import { RepositoryError } from "../errors.ts";

const FIELD = "x-countermark-project-status";
/** Longest reason, in characters. */
const MAX_REASON = 1000;

/**
 * What a project's releasers say of it as a whole: PEP 792's two states that inform and take nothing away. Quarantine is the
 * operator's, who alone can stop installs.
 */
export interface ProjectWish {
  readonly status: "archived" | "deprecated";
  /** May be empty. */
  readonly reason: string;
}

/** Members of `r.<project>` beside its files, with the wish in place of the one that stood; `undefined` takes it back. */
export function withWish(unknown: JsonObject, wish: ProjectWish | undefined): JsonObject {
  const members = new Map(unknown);
  members.delete(FIELD);
  if (wish !== undefined) members.set(FIELD, jsonObject({ status: wish.status, reason: wish.reason }));
  return members;
}

/**
 * The wish of a release role, if it has one. Strict, so that nobody signs what others read differently.
 * @throws RepositoryError `ROLE_SHAPE`
 */
export function readWish({ unknown }: Pick<Targets, "unknown">, name: string): ProjectWish | undefined {
  const value = unknown.get(FIELD);
  if (value === undefined) return undefined;
  const members = value instanceof Map && value.size === 2 ? (value as JsonObject) : undefined;
  const [status, reason] = [members?.get("status"), members?.get("reason")];
  if ((status === "archived" || status === "deprecated") && typeof reason === "string" && isLine(reason)) {
    return { status, reason };
  }
  throw new RepositoryError("ROLE_SHAPE", `role ${name} has an invalid ${FIELD}`, name);
}

function isLine(text: string): boolean {
  return text.length <= MAX_REASON && !/[\u0000-\u001f\u007f]/.test(text);
}
