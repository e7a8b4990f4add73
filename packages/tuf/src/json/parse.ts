import { JsonReader, type JsonLimits } from "./reader.ts";
import type { JsonValue } from "./value.ts";

/**
 * Parses one strict JSON document (see `JsonReader` for what is refused beyond RFC 8259).
 * Throws `TUF_JSON`.
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits = {}): JsonValue {
  const json = new JsonReader(bytes, limits);
  const value = json.value();
  json.end();
  return value;
}
