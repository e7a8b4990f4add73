import type { ReleaseFile } from "../../wire/release-file.ts";
import { MAX_LISTED_MS, MAX_UPLOAD_TIME_SKEW_MS } from "../limits.ts";
import { folded, type FileList } from "../release-change.ts";
import { refuse } from "./refuse.ts";
import type { ReceivedBlob, Situation } from "./situation.ts";

/** What stood before, and what is offered. */
export interface FileLists {
  readonly before: FileList;
  readonly after: FileList;
}

/** The files that were not listed before. */
export function newFiles({ before, after }: FileLists): readonly ReleaseFile[] {
  return [...after.values()].filter(({ filename }) => !before.has(filename));
}

/** Names are unique under case folding and normalisation (TRUST.md 7). */
export function requireUniqueNames({ after }: FileLists): void {
  const names = new Map<string, string>();
  for (const { filename } of after.values()) {
    const twin = names.get(folded(filename));
    if (twin !== undefined) throw refuse("TX_NAME", `${filename} and ${twin} are one name`);
    names.set(folded(filename), filename);
  }
}

/** A name stands for one content, for ever: also for one that was deleted. */
export function requireSameContent({ before, after }: FileLists, { names }: Situation): void {
  for (const file of after.values()) {
    const present = before.get(file.filename);
    if (present !== undefined) requireUnchanged(present, file);
    const former = names.get(folded(file.filename));
    if (former === undefined || (former.filename === file.filename && former.sha256 === file.sha256 && !former.deleted))
      continue;
    throw refuse("TX_CONTENT", `the name ${file.filename} has stood for other content, or was deleted`);
  }
}

function requireUnchanged(present: ReleaseFile, file: ReleaseFile): void {
  const same =
    present.sha256 === file.sha256 &&
    present.length === file.length &&
    present.requiresPython === file.requiresPython &&
    present.coreMetadata === file.coreMetadata;
  if (!same) throw refuse("TX_CONTENT", `${file.filename} would change what it stands for`);
}

/**
 * TRUST.md 2: within ten minutes of the server's clock for what is new, unchanged for what stands. The clock is read when
 * a commit first lists the content: signatures that come later neither renew that nor void it.
 */
export function requireUploadTimes({ before, after }: FileLists, situation: Situation): void {
  for (const { filename, uploadTime, sha256 } of after.values()) {
    const present = before.get(filename);
    if (present !== undefined && present.uploadTime !== uploadTime) {
      throw refuse("TX_UPLOAD_TIME", `${filename} would change its upload time`);
    }
    if (present !== undefined) continue;
    if (Math.abs(uploadTime - firstListed(filename, sha256, situation)) > MAX_UPLOAD_TIME_SKEW_MS) {
      throw refuse("TX_UPLOAD_TIME", `${filename} has an upload time more than 10 minutes from the clock of the index`);
    }
  }
}

function firstListed(filename: string, sha256: string, { received, now }: Situation): number {
  const blob = received.get(filename);
  const then = blob?.sha256 === sha256 ? (blob.listedAt ?? now) : now;
  return then <= now && then >= now - MAX_LISTED_MS ? then : now;
}

/** Each new file was received whole, is a sound distribution of this project, and is described as it is. */
export function requireReceived(files: readonly ReleaseFile[], { received }: Situation): void {
  for (const file of files) {
    const blob = received.get(file.filename);
    if (blob === undefined) throw refuse("TX_BLOB", `${file.filename} was not sent`);
    if (blob.sha256 !== file.sha256 || blob.length !== file.length) {
      throw refuse("TX_BLOB", `${file.filename} was sent with other content than is signed`);
    }
    requireDescribed(file, blob);
  }
}

function requireDescribed(file: ReleaseFile, blob: ReceivedBlob): void {
  if (file.requiresPython !== blob.requiresPython) {
    throw refuse("TX_METADATA", `${file.filename} asks for other versions of Python than is signed`);
  }
  if (file.coreMetadata !== blob.coreMetadata) {
    throw refuse("TX_METADATA", `${file.filename} has other core metadata than is signed`);
  }
}
