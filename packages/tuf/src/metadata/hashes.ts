import { createHash } from "node:crypto";
import { TufError } from "../errors.ts";
import type { JsonReader } from "../json/reader.ts";
import { shown } from "../shown.ts";

/** Algorithms that every TUF client has, and the length of their hex digests. */
const DIGEST_LENGTHS: ReadonlyMap<string, number> = new Map([
  ["sha256", 64],
  ["sha512", 128],
]);

/** Reads HASHES (TUF 4.4): at least one, digests in lower-case hex. An algorithm that is not known is kept, not checked. */
export function readHashes(json: JsonReader): ReadonlyMap<string, string> {
  const hashes = new Map<string, string>();
  json.openObject();
  for (let algorithm = json.nextName(); algorithm !== undefined; algorithm = json.nextName()) {
    const digest = json.hex();
    const length = DIGEST_LENGTHS.get(algorithm);
    if (length !== undefined && digest.length !== length) throw json.refuse(`is not a digest of ${length} hex digits`);
    hashes.set(algorithm, digest);
  }
  if (hashes.size === 0) throw json.refuse("is empty");
  return hashes;
}

/**
 * Refuses bytes that are not what was announced: every hash that stands must fit, so one of an algorithm that is not
 * known fits nothing. `what` says in the message what the bytes are. Throws `TUF_INTEGRITY`.
 */
export function checkIntegrity(
  bytes: Uint8Array,
  announced: { readonly length?: number; readonly hashes?: ReadonlyMap<string, string> },
  what: string,
  options: { readonly role?: string } = {},
): void {
  const refusal = (problem: string) => new TufError("TUF_INTEGRITY", `${shown(what)} ${problem}`, options);
  if (announced.length !== undefined && bytes.length !== announced.length) {
    throw refusal(`has ${bytes.length} bytes, not the announced ${announced.length}`);
  }
  for (const [algorithm, digest] of announced.hashes ?? []) {
    if (!DIGEST_LENGTHS.has(algorithm)) {
      throw refusal(`is announced with a ${shown(algorithm)} hash, which is not supported`);
    }
    const found = createHash(algorithm).update(bytes).digest("hex");
    if (found !== digest) throw refusal(`has ${algorithm} ${found}, not the announced ${digest}`);
  }
}
