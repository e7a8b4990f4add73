import { hash } from "node:crypto";
import { bytesSource, inspectDistribution } from "@countermark/packaging";
import { makeSharding, type Sharding } from "@countermark/repository";
import type { NewFile } from "../storage/index-store.ts";
import { BlobGroup } from "../storage/local/blob-group.ts";
import { readInto } from "./local-file.ts";
import { refusalOf, type Refusal } from "./refusal.ts";
import { adoptedFile } from "./take-in.ts";

/** Files of this machine that are taken in together. */
export interface Group {
  readonly files: readonly { readonly filename: string; readonly path: string }[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Where files of groups go. */
export interface GroupIntake {
  /** The folder of the blob store. */
  readonly blobs: string;
  /** How many shards each sharded role has. */
  readonly shards: number;
}

/** What a file of a group is. `large`: nothing was done about it, since it does not fit into memory as a whole. */
export type GroupFinding =
  | { readonly outcome: "new"; readonly file: NewFile }
  | { readonly outcome: "refused"; readonly refusal: Refusal }
  | { readonly outcome: "large" };

/**
 * `takeIn` for many small files that the index does not know, in a thread that may block: each is read once, hashed and
 * inspected in memory, and all are put on the disk together. Answers in their order, when all that is new is kept.
 * @param buffer room for one file; its content does not matter
 */
export function takeInGroup(intake: GroupIntake, group: Group, buffer: Uint8Array): readonly GroupFinding[] {
  const blobs = new BlobGroup(intake.blobs, group.files.length);
  const sharding = makeSharding(intake.shards);
  try {
    const findings = group.files.map((file) => inspectOne({ blobs, sharding, now: group.now, buffer }, file));
    blobs.keep();
    return findings;
  } finally {
    blobs.discard();
  }
}

function inspectOne(
  { blobs, sharding, now, buffer }: { blobs: BlobGroup; sharding: Sharding; now: number; buffer: Uint8Array },
  { filename, path }: Group["files"][number],
): GroupFinding {
  try {
    const bytes = readInto(buffer, path);
    if (bytes === undefined) return { outcome: "large" };
    const found = inspectDistribution(filename, bytesSource(bytes));
    const coreMetadata = found.kind === "wheel" ? hashOf(found.metadataBytes) : undefined;
    const about = { sha256: hashOf(bytes), length: bytes.byteLength, coreMetadata };
    const file = adoptedFile(sharding, found, about, now);
    if (coreMetadata !== undefined) blobs.add(found.metadataBytes, coreMetadata);
    blobs.add(bytes, about.sha256);
    return { outcome: "new", file };
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    return { outcome: "refused", refusal };
  }
}

function hashOf(bytes: Uint8Array): string {
  return hash("sha256", bytes, "hex");
}
