import { formatVersion, parseDistributionFilename } from "@countermark/packaging";
import { decodeReleaseFile, encodeReleaseFile, type ReleaseFile } from "@countermark/repository";
import type { NewFile } from "../storage/index-store.ts";
import { foldedName } from "./folded-name.ts";

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

/** The row of a file that a role lists. */
export function fileOf(project: string, shard: string, file: ReleaseFile): NewFile {
  const name = parseDistributionFilename(file.filename);
  return {
    project,
    shard,
    filename: file.filename,
    folded: foldedName(name),
    kind: name.kind,
    version: formatVersion(name.version),
    sha256: file.sha256,
    length: file.length,
    uploadTime: file.uploadTime,
    requiresPython: file.requiresPython,
    coreMetadata: file.coreMetadata,
    yanked: file.yanked === true ? "" : file.yanked,
    adopted: file.adopted === true,
  };
}

/**
 * Refuses a file that verifiers would refuse, by their own code: one such entry would make them refuse its whole bin.
 * @throws RepositoryError `FILE_ENTRY`, `TARGET_PATH`
 */
export function requireListable(file: NewFile): void {
  decodeReleaseFile(...encodeReleaseFile(file.project, releaseFile(file)));
}
