import { distributionKind } from "../distribution/filename.ts";
import { PackagingError } from "../errors.ts";
import { METADATA_VERSIONS } from "../metadata/fields.ts";
import { isName, normaliseName } from "../names/name.ts";
import { quote } from "../quote.ts";
import { isVersion, parseVersion, type Version } from "../versions/version.ts";
import { MAX_FILENAME_LENGTH, parseWheelFilename } from "../wheel/filename.ts";
import type { UploadDigests } from "./digests.ts";

/** Fields of a form by name, as sent, repeated ones in order. */
export type UploadFields = ReadonlyMap<string, readonly string[]>;

/** The part of the form that carries the file. */
export interface UploadedFile {
  /** As sent, without any path cut off. */
  readonly filename: string;
  /** Undefined where the part had none: flit, uv and distutils send none. */
  readonly contentType: string | undefined;
}

/** An upload form, understood. What it says about the file is still to be compared with the file. */
export interface UploadForm {
  readonly filename: string;
  readonly kind: "wheel" | "sdist";
  /** Normalised (PEP 503). */
  readonly project: string;
  readonly version: Version;
  readonly digests: Partial<UploadDigests>;
  readonly fields: UploadFields;
}

/** The name of the part that carries the file. */
export const FILE_FIELD = "content";

/** Fields that mean something here and may stand once only. */
const SINGLE = [
  ...[":action", "protocol_version", "name", "version", "filetype", "pyversion", "metadata_version"],
  ...["md5_digest", "sha256_digest", "blake2_256_digest"],
] as const;

/**
 * Understands the form of the legacy upload API, as every known tool sends it: without `pyversion` (flit), with an empty
 * one (distutils), with metadata 1.0 (distutils) to 2.5, with a name that twine has rewritten.
 * Throws `UPLOAD_FORM`, `FILENAME`, `PROJECT_NAME`, `VERSION`.
 */
export function readUploadForm(fields: UploadFields, file: UploadedFile): UploadForm {
  for (const field of SINGLE) if ((fields.get(field)?.length ?? 0) > 1) throw refuse(`${field} stands in it twice`);
  const action = required(fields, ":action");
  if (action !== "file_upload") throw refuse(`:action is ${quote(action)}, and only file_upload is known here`);
  const protocol = one(fields, "protocol_version") ?? "1";
  if (protocol !== "1") throw refuse(`protocol_version is ${quote(protocol)}, not 1`);
  const metadataVersion = required(fields, "metadata_version");
  if (!METADATA_VERSIONS.has(metadataVersion)) throw refuse(`metadata_version ${quote(metadataVersion)} is not known`);
  const [name, version] = [required(fields, "name"), required(fields, "version")];
  if (!isName(name)) throw refuse(`name is not a project name: ${quote(name)}`);
  if (!isVersion(version)) throw refuse(`version is not a version: ${quote(version)}`);
  const kind = readKind(fields, file);
  return {
    ...{ filename: file.filename, kind, project: normaliseName(name), version: parseVersion(version) },
    ...{ digests: readDigests(fields), fields },
  };
}

function readKind(fields: UploadFields, { filename, contentType }: UploadedFile): "wheel" | "sdist" {
  if (contentType !== undefined && /^(?:image|audio|video|multipart|message)\//i.test(contentType)) {
    throw refuse(`${FILE_FIELD} has the type ${quote(contentType)}`);
  }
  // No path is cut off: a name with one in it was not made by an upload tool.
  if (filename.length > MAX_FILENAME_LENGTH || !/^[A-Za-z0-9][A-Za-z0-9._+!~-]*$/.test(filename)) {
    throw new PackagingError("FILENAME", `not the name of a distribution: ${quote(filename)}`, {
      hint: "names of wheels and sdists are ASCII letters, digits and . _ + ! - (PEP 427, PEP 625)",
    });
  }
  const kind = distributionKind(filename);
  const filetype = required(fields, "filetype");
  if (filetype !== (kind === "wheel" ? "bdist_wheel" : "sdist")) {
    throw refuse(`filetype is ${quote(filetype)}, but the file is called ${quote(filename)}`);
  }
  checkPythonVersion(kind, filename, one(fields, "pyversion"));
  return kind;
}

/** `source` for an sdist, the Python tag for a wheel; some tools leave it out or empty. */
function checkPythonVersion(kind: "wheel" | "sdist", filename: string, stated: string | undefined): void {
  if (stated === undefined) return;
  const expected = kind === "sdist" ? ["source"] : [...parseWheelFilename(filename).pythonTags, "any"];
  const tags = stated.split(".");
  if (!tags.every((tag) => expected.includes(tag))) {
    throw refuse(`pyversion is ${quote(stated)}, but the file is called ${quote(filename)}`);
  }
}

function readDigests(fields: UploadFields): Partial<UploadDigests> {
  const md5 = readDigest(fields, "md5_digest", 32);
  const sha256 = readDigest(fields, "sha256_digest", 64);
  const blake2 = one(fields, "blake2_256_digest");
  // distutils sends the 64 bytes of plain BLAKE2b here: nobody's BLAKE2b-256, and not needed beside its other two.
  const isOfDistutils = blake2?.length === 128 && md5 !== undefined && sha256 !== undefined;
  const blake2b256 = isOfDistutils ? undefined : readDigest(fields, "blake2_256_digest", 64);
  if (md5 === undefined && sha256 === undefined && blake2b256 === undefined) throw refuse("it states no digest");
  return {
    ...(md5 !== undefined && { md5 }),
    ...(sha256 !== undefined && { sha256 }),
    ...(blake2b256 !== undefined && { blake2b256 }),
  };
}

function readDigest(fields: UploadFields, field: string, length: number): string | undefined {
  const digest = one(fields, field)?.toLowerCase();
  if (digest === undefined) return undefined;
  if (digest.length !== length || !/^[0-9a-f]+$/.test(digest)) throw refuse(`${field} is not ${length} hex digits`);
  return digest;
}

/** A field's value; none where it is left out, empty, or `UNKNOWN` as old tools write. */
function one(fields: UploadFields, field: string): string | undefined {
  const value = fields.get(field)?.[0]?.trim();
  return value === undefined || value === "" || value === "UNKNOWN" ? undefined : value;
}

function required(fields: UploadFields, field: string): string {
  const value = one(fields, field);
  if (value === undefined) throw refuse(`${field} is missing`);
  return value;
}

/** A form that is none of the legacy upload API. */
export function refuse(reason: string): PackagingError {
  return new PackagingError("UPLOAD_FORM", `the upload form is malformed: ${reason}`, {
    hint: "upload with twine, uv, poetry, pdm, flit, hatch or another tool that speaks the legacy upload API",
  });
}
