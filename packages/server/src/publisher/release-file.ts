import { decodeReleaseFile, encodeReleaseFile, type ReleaseFile } from "@countermark/repository";
import type { NewFile } from "../storage/index-store.ts";

/** A row as its role will sign it. */
export function releaseFile(file: NewFile): ReleaseFile {
  return {
    filename: file.filename,
    sha256: file.sha256,
    length: file.length,
    uploadTime: file.uploadTime,
    ...(file.requiresPython !== undefined && { requiresPython: file.requiresPython }),
    ...(file.coreMetadata !== undefined && { coreMetadata: file.coreMetadata }),
    ...(file.yanked !== undefined && { yanked: file.yanked === "" ? true : file.yanked }),
    ...(file.adopted && { adopted: true }),
  };
}

/**
 * Refuses a file that verifiers would refuse, by their own code: one such entry would make them refuse its whole bin.
 * @throws RepositoryError `FILE_ENTRY`, `TARGET_PATH`
 */
export function requireListable(file: NewFile): void {
  decodeReleaseFile(...encodeReleaseFile(file.project, releaseFile(file)));
}
