import { createHash } from "node:crypto";
import { canonicalise } from "../json/canonical.ts";
import type { JsonObject } from "../json/value.ts";

/** SHA-256 of the canonical key object, lower-case hex (TUF 4.2; the same as securesystemslib's). */
export function computeKeyId(json: JsonObject): string {
  return createHash("sha256").update(canonicalise(json)).digest("hex");
}
