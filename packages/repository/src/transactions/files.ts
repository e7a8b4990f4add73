import {
  encodeJson,
  jsonObject,
  makeTargetFile,
  type JsonObject,
  type JsonValue,
  type TargetFile,
} from "@countermark/tuf";
import { RepositoryError } from "../errors.ts";
import { splitTargetPath, targetPath } from "../layout/paths.ts";
import { decodeReleaseFile, encodeReleaseFile, type ReleaseFile } from "../wire/release-file.ts";
import type { Judge, RequiredBlob } from "./changes.ts";
import { requireUnclaimed } from "./standing.ts";
import { decodePayload, encodePayload, malformed, textMember } from "./transaction.ts";

/** Most files of one transaction. */
export const MAX_FILES = 10_000;

/** The payload of a `files` transaction: files of one project, each as its role will sign it. */
export function filesPayload(project: string, files: readonly ReleaseFile[]): Uint8Array {
  const entries = files.map((file): JsonValue => {
    const [, { length, custom }] = encodeReleaseFile(project, file);
    return jsonObject({ filename: file.filename, length, sha256: file.sha256, custom });
  });
  return encodePayload(new Map([["files", entries]]));
}

/**
 * Reads a `files` payload; every entry is one that verifiers accept.
 * @throws RepositoryError `TRANSACTION`, `FILE_ENTRY`, `TARGET_PATH`
 */
export function decodeFiles(project: string, payload: Uint8Array): readonly ReleaseFile[] {
  const files = decodePayload(payload, ["files"]).get("files");
  if (!Array.isArray(files) || files.length === 0 || files.length > MAX_FILES) throw malformed("has invalid files");
  return files.map((entry: JsonValue) => {
    if (!(entry instanceof Map)) throw malformed("has an invalid file");
    const members = entry as JsonObject;
    const [length, custom] = [members.get("length"), members.get("custom")];
    if (!isLength(length) || !(custom instanceof Map) || members.size !== 4) throw malformed("has an invalid file");
    const file = makeTargetFile({ length, sha256: textMember(members, "sha256"), custom: custom as JsonObject });
    return decodeReleaseFile(targetPath(project, textMember(members, "filename")), file);
  });
}

function isLength(value: JsonValue | undefined): value is number {
  return typeof value === "number" && value >= 0;
}

/** Judges a `files` transaction: it adds, and never changes what stands. */
export const judgeFiles: Judge = (payload, present) => {
  requireUnclaimed(present);
  const list = decodeFiles(present.project, payload);
  const paths = new Set<string>();
  for (const file of list) {
    const [path, entry] = encodeReleaseFile(present.project, file);
    const twin = present.unclaimed.get(path);
    if (paths.has(path) || (twin !== undefined && !isSame(twin, entry))) {
      throw new RepositoryError("FILE_LISTED", `${splitTargetPath(path).filename} is listed already`);
    }
    paths.add(path);
  }
  return { list, blobs: list.flatMap(blobsOf) };
};

/** Whether two entries say the same: their signed form is. */
function isSame(a: TargetFile, b: TargetFile): boolean {
  return signedForm(a) === signedForm(b);
}

function signedForm({ length, hashes, custom }: TargetFile): string {
  return new TextDecoder().decode(encodeJson(jsonObject({ length, hashes, custom })));
}

/** The blobs that a file stands for: itself, and the metadata beside it. */
export function blobsOf({ sha256, length, coreMetadata }: ReleaseFile): readonly RequiredBlob[] {
  const blob: RequiredBlob = { sha256, length };
  return coreMetadata === undefined ? [blob] : [blob, { sha256: coreMetadata, length: undefined }];
}
