import { createHash } from "node:crypto";
import type { BlobStore } from "../storage/blob-store.ts";

/** What is wrong with a blob that should have this digest and, where it is known, this length. */
export async function blobProblem(
  blobs: BlobStore,
  blob: {
    readonly sha256: string;
    readonly size: number | undefined;
    readonly length: number | undefined;
    readonly quick: boolean;
  },
): Promise<string | undefined> {
  const { sha256, size, length, quick } = blob;
  if (size === undefined) return "it is not there";
  if (length !== undefined && size !== length) return `it has ${size} bytes, signed are ${length}`;
  return quick || (await hashOfBlob(blobs, sha256, size)) === sha256 ? undefined : "its content has another hash";
}

/** The digest of what a blob really holds; undefined where it ends too early or is not there. */
async function hashOfBlob(blobs: BlobStore, sha256: string, size: number): Promise<string | undefined> {
  const hash = createHash("sha256");
  const chunks = await blobs.stream(sha256, 0, size);
  if (chunks === undefined) return undefined;
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}
