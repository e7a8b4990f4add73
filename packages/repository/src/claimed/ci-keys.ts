import { formatTime, parseTime, TufError, type JsonObject, type JsonValue, type Targets } from "@countermark/tuf";
import { RepositoryError } from "../errors.ts";

const FIELD = "x-countermark-ci";

/** The member of `p.<project>` that says which of its releasers' keys are those of machines in CI, and until when. */
export function ciKeysField(keys: ReadonlyMap<string, number>): JsonObject {
  if (keys.size === 0) return new Map();
  const ends = [...keys].map(([keyId, end]): [string, JsonValue] => [keyId, formatTime(end)]);
  return new Map([[FIELD, new Map(ends)]]);
}

/**
 * Which keys are CI's, by key id, and when each ends (milliseconds since the epoch).
 * @throws RepositoryError `ROLE_SHAPE`
 */
export function readCiKeys(p: Targets, name: string): ReadonlyMap<string, number> {
  const value = p.unknown.get(FIELD);
  if (value === undefined) return new Map();
  const fail = (): RepositoryError => new RepositoryError("ROLE_SHAPE", `role ${name} has an invalid ${FIELD}`, name);
  if (!(value instanceof Map)) throw fail();
  return new Map([...(value as JsonObject)].map(([keyId, end]) => [keyId, readEnd(end, fail)]));
}

function readEnd(end: JsonValue, fail: () => RepositoryError): number {
  try {
    if (typeof end === "string") return parseTime(end);
  } catch (error) {
    if (!(error instanceof TufError)) throw error;
  }
  throw fail();
}
