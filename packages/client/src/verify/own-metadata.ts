import { createHash } from "node:crypto";
import { bytesSource, inspectDistribution, PackagingError } from "@countermark/packaging";
import type { OpenContent } from "./cache/content-cache.ts";
import { metadataDisagrees } from "./core-metadata.ts";
import { descriptorSource } from "./descriptor-source.ts";

/**
 * SHA-256 of the METADATA inside a file, lower-case hex.
 * @throws ClientError `FILE_METADATA` when it cannot be read
 */
export function ownMetadata(content: OpenContent, filename: string): string {
  try {
    const { handle, length, bytes } = content;
    const source = bytes === undefined ? descriptorSource(handle.fd, length) : bytesSource(bytes);
    const { metadataBytes } = inspectDistribution(filename, source);
    return createHash("sha256").update(metadataBytes).digest("hex");
  } catch (cause) {
    if (!(cause instanceof PackagingError)) throw cause;
    const message = `${filename} cannot be compared with the METADATA that was signed for it: ${cause.message}`;
    throw metadataDisagrees(message, cause);
  }
}
