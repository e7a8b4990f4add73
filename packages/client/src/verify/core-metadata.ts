import { createHash } from "node:crypto";
import { inspectDistribution, PackagingError } from "@countermark/packaging";
import type { ReleaseFile } from "@countermark/repository";
import { ClientError } from "../errors.ts";
import type { OpenContent } from "./cache/content-cache.ts";
import { descriptorSource } from "./descriptor-source.ts";
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
    const { metadataBytes } = inspectDistribution(filename, descriptorSource(content.handle.fd, content.length));
    return createHash("sha256").update(metadataBytes).digest("hex");
  } catch (cause) {
    if (!(cause instanceof PackagingError)) throw cause;
    throw disagrees(`${filename} cannot be compared with the METADATA that was signed for it: ${cause.message}`, cause);
  }
}

function disagrees(message: string, cause?: unknown): ClientError {
  return new ClientError("FILE_METADATA", message, {
    hint: "installers would resolve with one and install the other; tell whoever released it",
    cause,
  });
}
