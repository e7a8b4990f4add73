import { PackagingError } from "@countermark/packaging";
import { isSafeFilename, type ReceivedBlob } from "@countermark/repository";
import type { Checker } from "../checking/checker.ts";
import { ServerError } from "../errors.ts";
import type { BlobStore, StagedBlob } from "../storage/blob-store.ts";

/** Largest file that is taken. */
export const MAX_FILE_BYTES = 1024 * 1024 * 1024;

/** Where files go, and who checks them. */
export interface ReceivePorts {
  readonly blobs: BlobStore;
  readonly checker: Pick<Checker, "check">;
}

/**
 * Takes a file of a project in, checks it from end to end, and keeps it and its metadata. Nothing leads to it yet.
 * @throws PackagingError for what is no sound distribution; ServerError `NOT_ALLOWED` for another project's
 */
export async function receive(
  { blobs, checker }: ReceivePorts,
  project: string,
  filename: string,
  body: AsyncIterable<Uint8Array>,
): Promise<ReceivedBlob> {
  if (!isSafeFilename(filename)) throw new PackagingError("FILENAME", "this is no file name of a distribution");
  const staged = await blobs.stage(body);
  try {
    return await keepChecked({ blobs, checker }, project, filename, staged);
  } finally {
    await staged.discard();
  }
}

async function keepChecked(
  { blobs, checker }: ReceivePorts,
  project: string,
  filename: string,
  staged: StagedBlob,
): Promise<ReceivedBlob> {
  const found = await checker.check(filename, staged.reader);
  if (found.project !== project) {
    throw new ServerError("NOT_ALLOWED", `${filename} is a file of ${found.project}, not of ${project}`);
  }
  const metadata = found.kind === "wheel" ? await blobs.stage(once(found.metadataBytes)) : undefined;
  try {
    await metadata?.keep();
    await staged.keep();
  } finally {
    await metadata?.discard();
  }
  return {
    ...{ filename, sha256: staged.sha256, length: staged.length },
    ...(found.requiresPython !== undefined && { requiresPython: found.requiresPython }),
    ...(metadata !== undefined && { coreMetadata: metadata.sha256 }),
  };
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield await Promise.resolve(bytes);
}
