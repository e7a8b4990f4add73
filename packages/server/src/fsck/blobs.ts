import { createHash } from "node:crypto";
import type { BlobStore } from "../storage/blob-store.ts";

/** The digest of what a blob really holds; undefined where it ends too early or is not there. */
export async function hashOfBlob(blobs: BlobStore, sha256: string, size: number): Promise<string | undefined> {
  const hash = createHash("sha256");
  const chunks = await blobs.stream(sha256, 0, size);
  if (chunks === undefined) return undefined;
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}
