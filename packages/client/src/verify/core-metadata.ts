import { createHash } from "node:crypto";
import { readSync } from "node:fs";
import { inspectDistribution, PackagingError, type ByteSource } from "@countermark/packaging";
import type { ReleaseFile } from "@countermark/repository";
import { ClientError } from "../errors.ts";
import type { OpenContent } from "./cache/content-cache.ts";
import type { TrustStore } from "./state/trust-store.ts";

/** PEP 658: what is added to a file's name for its METADATA. */
export const CORE_METADATA_SUFFIX = ".metadata";

/**
 * Refuses a file whose own METADATA is not the one that was signed beside it. Installers resolve with the one beside and
 * install the other: uv, poetry and pdm never compare them, so that a signed lie would pull in what nobody asked for.
 * @throws ClientError `FILE_METADATA`
 */
export function requireOwnMetadata(content: OpenContent, file: ReleaseFile, store: TrustStore): void {
  const { coreMetadata, filename, sha256 } = file;
  if (coreMetadata === undefined || store.isInspected(sha256, coreMetadata)) return;
  const own = ownMetadata(content, filename);
  if (own !== coreMetadata) throw disagrees(`the METADATA inside ${filename} is not the one that was signed for it`);
  store.rememberInspected(sha256, coreMetadata);
}

function ownMetadata(content: OpenContent, filename: string): string {
  try {
    const { metadataBytes } = inspectDistribution(filename, byteSource(content));
    return createHash("sha256").update(metadataBytes).digest("hex");
  } catch (cause) {
    if (!(cause instanceof PackagingError)) throw cause;
    throw disagrees(`${filename} cannot be compared with the METADATA that was signed for it: ${cause.message}`, cause);
  }
}

/** An open file as the archive readers want it. */
function byteSource({ handle, length }: OpenContent): ByteSource {
  return {
    size: length,
    read(offset, wanted) {
      const buffer = Buffer.alloc(wanted);
      let filled = 0;
      while (filled < wanted) {
        const count = readSync(handle.fd, buffer, filled, wanted - filled, offset + filled);
        if (count === 0) throw new RangeError("the file is shorter than it was");
        filled += count;
      }
      return buffer;
    },
  };
}

function disagrees(message: string, cause?: unknown): ClientError {
  return new ClientError("FILE_METADATA", message, {
    hint: "installers would resolve with one and install the other; tell whoever released it",
    cause,
  });
}
