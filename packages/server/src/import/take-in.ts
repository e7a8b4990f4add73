import { createHash } from "node:crypto";
import { inspectDistribution, parseDistributionFilename, type Distribution } from "@countermark/packaging";
import { shardOf, type Sharding } from "@countermark/repository";
import { ServerError } from "../errors.ts";
import { requireListable } from "../publisher/release-file.ts";
import type { BlobStore, StagedBlob } from "../storage/blob-store.ts";
import type { IndexStore, NewFile } from "../storage/index-store.ts";
import { foldedName } from "../publisher/folded-name.ts";
import type { Candidate } from "./walk.ts";

const SECOND = 1000;
/** Where files go. */
export interface Intake {
  readonly store: IndexStore;
  readonly blobs: BlobStore;
  readonly sharding: Sharding;
}

/** A file that was kept and has no row yet, or one whose row stands. */
export type Taken =
  | { readonly outcome: "new"; readonly file: NewFile }
  | { readonly outcome: "known"; readonly project: string; readonly published: boolean };

/**
 * Copies a file in, finds out what it is, and keeps it: what is inspected is the copy, so the original may change
 * meanwhile. What the index has already is only compared.
 *
 * The time of the import stands as its upload time: it is the only time of which this index knows anything.
 * @throws PackagingError, RepositoryError, ServerError `FILE_EXISTS`, `FILE_UNREADABLE`: about this file alone
 */
export async function takeIn(intake: Intake, file: Candidate, now: number): Promise<Taken> {
  const { project } = parseDistributionFilename(file.filename);
  const known = await intake.store.file(project, file.filename);
  if (known?.deletedIn !== undefined) {
    throw new ServerError("FILE_EXISTS", `a file called ${file.filename} was deleted from this index`, {
      hint: "a name is never used again; give the release another version",
    });
  }
  if (known !== undefined) {
    requireSame(file.filename, known.sha256, file.about?.sha256 ?? (await hashOf(file.read())));
    if (!(await isWhole(intake.blobs, known))) await restore(intake, file, known, now);
    return { outcome: "known", project, published: known.publishedIn !== undefined };
  }
  const staged = await intake.blobs.stage(file.read());
  try {
    return { outcome: "new", file: await keep(intake, file, staged, now) };
  } finally {
    await staged.discard();
  }
}

/** Whether the blobs of a row are there, as far as a look at their lengths can say. */
async function isWhole(blobs: BlobStore, { sha256, length, coreMetadata }: NewFile): Promise<boolean> {
  if ((await blobs.size(sha256)) !== length) return false;
  return coreMetadata === undefined || (await blobs.size(coreMetadata)) !== undefined;
}

/** Brings back the blobs of a file whose row stands: what the hint of `DATA_DAMAGED` promises. */
async function restore(intake: Intake, file: Candidate, known: NewFile, now: number): Promise<void> {
  const staged = await intake.blobs.stage(file.read());
  try {
    requireSame(file.filename, known.sha256, staged.sha256);
    await keep(intake, file, staged, now);
  } finally {
    await staged.discard();
  }
}

async function keep(
  { blobs, sharding }: Intake,
  { filename, about }: Candidate,
  staged: StagedBlob,
  now: number,
): Promise<NewFile> {
  const found = inspectDistribution(filename, staged.reader);
  const metadata = found.kind === "wheel" ? await blobs.stage(once(found.metadataBytes)) : undefined;
  try {
    const file = adoptedFile(
      sharding,
      found,
      { sha256: staged.sha256, length: staged.length, coreMetadata: metadata?.sha256 },
      now,
      about,
    );
    await Promise.all([metadata?.keep(), staged.keep()]);
    return file;
  } finally {
    await metadata?.discard();
  }
}

/**
 * The row of a file that somebody else has built and published before.
 * @throws RepositoryError what verifiers would refuse
 */
export function adoptedFile(
  sharding: Sharding,
  found: Distribution,
  { sha256, length, coreMetadata }: Pick<NewFile, "sha256" | "length" | "coreMetadata">,
  now: number,
  about?: Candidate["about"],
): NewFile {
  const { project, filename, kind, version } = found;
  const file: NewFile = {
    ...{ project, filename, kind, version, sha256, length, coreMetadata },
    shard: shardOf(sharding, project),
    folded: foldedName(parseDistributionFilename(filename)),
    uploadTime: Math.floor(now / SECOND) * SECOND,
    requiresPython: found.requiresPython ?? about?.requiresPython,
    yanked: about?.yanked,
    adopted: true,
  };
  requireListable(file);
  return file;
}

/** The same name must mean the same bytes, for ever. */
export function requireSame(filename: string, present: string, offered: string): void {
  if (present === offered) return;
  throw new ServerError("FILE_EXISTS", `the index has other content under the name ${filename}`, {
    hint: `a file is never replaced; the index has ${present.slice(0, 16)}…, this is ${offered.slice(0, 16)}…`,
  });
}

async function hashOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield await Promise.resolve(bytes);
}
