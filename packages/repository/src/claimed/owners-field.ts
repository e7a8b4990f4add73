import {
  computeKeyId,
  jsonObject,
  readPublicKey,
  TufError,
  type JsonObject,
  type JsonValue,
  type PublicKey,
  type Targets,
} from "@countermark/tuf";
import { RepositoryError } from "../errors.ts";
import { MAX_KEYS } from "./limits.ts";

const FIELD = "x-countermark-owners";

/** A set of keys and how many people of them must sign. */
export interface KeySet {
  readonly keys: readonly PublicKey[];
  readonly threshold: number;
}

/** The member of `p.<project>` by which owners say who owns. */
export function ownersField({ keys, threshold }: KeySet): JsonObject {
  const objects = new Map(keys.map((key): [string, JsonValue] => [key.keyId, key.json]));
  return new Map([[FIELD, jsonObject({ keys: objects, threshold })]]);
}

/**
 * Who owns the project from this version of `p.<project>` on, as the owners before have signed it. The delegation that
 * names the keys of `p.` follows: at once while the project is recently claimed, at the next ceremony when it is claimed.
 * `undefined` where the role does not say.
 * @throws RepositoryError `ROLE_SHAPE`
 */
export function readOwnersField(p: Targets, name: string): KeySet | undefined {
  const value = p.unknown.get(FIELD);
  if (value === undefined) return undefined;
  const fail = (): RepositoryError => new RepositoryError("ROLE_SHAPE", `role ${name} has an invalid ${FIELD}`, name);
  const [keys, threshold] = isObject(value) ? [value.get("keys"), value.get("threshold")] : [];
  if (!isObject(keys) || keys.size === 0 || keys.size > MAX_KEYS) throw fail();
  if (typeof threshold !== "number" || threshold < 1 || threshold > keys.size) throw fail();
  return { keys: [...keys].map(([id, json]) => readKey(id, json, fail)), threshold };
}

function readKey(id: string, json: JsonValue, fail: () => RepositoryError): PublicKey {
  if (!isObject(json) || computeKeyId(json) !== id) throw fail();
  try {
    return readPublicKey(id, json);
  } catch (error) {
    if (error instanceof TufError) throw fail();
    throw error;
  }
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return value instanceof Map;
}
