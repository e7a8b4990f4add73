import type { ReleaseFile } from "@countermark/repository/verifying";
import { ClientError } from "../errors.ts";
import type { OpenContent } from "./cache/content-cache.ts";
import type { TrustStore } from "./state/trust-store.ts";
import type { Unwritten } from "./state/unwritten.ts";

/** PEP 658: what is added to a file's name for its METADATA. */
export const CORE_METADATA_SUFFIX = ".metadata";

/**
 * Refuses a file whose own METADATA is not the one that was signed beside it. Installers resolve with the one beside and
 * install the other: uv, poetry and pdm never compare them, so that a signed lie would pull in what nobody asked for.
 * @throws ClientError `FILE_METADATA`
 */
export async function requireOwnMetadata(
  content: OpenContent,
  file: ReleaseFile,
  store: Pick<TrustStore, "isInspected">,
  unwritten: Pick<Unwritten, "inspect">,
): Promise<void> {
  const { coreMetadata, filename, sha256 } = file;
  if (coreMetadata === undefined || store.isInspected(sha256, coreMetadata)) return;
  // Read when it is needed: a file is looked into once, and most commands meet none that is new.
  const { ownMetadata } = await import("./own-metadata.ts");
  const own = ownMetadata(content, filename);
  if (own !== coreMetadata)
    throw metadataDisagrees(`the METADATA inside ${filename} is not the one that was signed for it`);
  unwritten.inspect({ wheel: sha256, metadata: coreMetadata });
}

export function metadataDisagrees(message: string, cause?: unknown): ClientError {
  return new ClientError("FILE_METADATA", message, {
    hint: "installers would resolve with one and install the other; tell whoever released it",
    cause,
  });
}
