/** What this package refuses. The docs list exactly these codes (`docs/errors.md`), and a test says so. */
export type PackagingErrorCode =
  /** A project name that PEP 508 does not allow, or that is too long. */
  | "PROJECT_NAME"
  /** A version that PEP 440 does not allow. */
  | "VERSION"
  /** A version specifier that PEP 440 does not allow. */
  | "SPECIFIER"
  /** A dependency that PEP 508 does not allow. */
  | "REQUIREMENT"
  /** A file name that is neither a wheel's (PEP 427) nor an sdist's (PEP 625 and its older forms). */
  | "FILENAME"
  /** A file that ends before its own structure does. */
  | "ARCHIVE_TRUNCATED"
  /** A file, a member or a list inside it beyond a limit of this package, decompression bombs included. */
  | "ARCHIVE_TOO_LARGE"
  /** A member's name that could leave the folder it is unpacked to, or that no person can read. */
  | "ARCHIVE_NAME"
  /** Two members that would become one file. */
  | "ARCHIVE_DUPLICATE"
  /** A symbolic or hard link that is not allowed there, or that leads out of the archive. */
  | "ARCHIVE_LINK"
  /** Content that does not match its own checksum or size. */
  | "ARCHIVE_CORRUPT"
  /** A file that two readers would read as two different archives. */
  | "ARCHIVE_AMBIGUOUS"
  /** A feature of ZIP, gzip or tar that no distribution needs (encryption, other compression, devices, sparse files). */
  | "ARCHIVE_UNSUPPORTED"
  /** Bytes that are no ZIP archive. */
  | "ZIP_FORMAT"
  /** Bytes that are no gzip stream. */
  | "GZIP_FORMAT"
  /** Bytes that are no tar archive. */
  | "TAR_FORMAT"
  /** Core metadata that breaks its specification. */
  | "METADATA_FORMAT"
  /** Core metadata of another project or version than the file's name says. */
  | "METADATA_MISMATCH"
  /** A wheel whose inside is not a wheel's (PEP 427). */
  | "WHEEL_LAYOUT"
  /** A wheel whose RECORD is missing, incomplete or wrong (PEP 376, PEP 427). */
  | "WHEEL_RECORD"
  /** An `entry_points.txt` that installers could read in two ways, or not at all. */
  | "ENTRY_POINTS"
  /** An sdist whose inside is not an sdist's (PEP 517, PEP 625, PEP 643). */
  | "SDIST_LAYOUT"
  /** An upload form that lacks what it needs, or says it in a way that no upload tool does. */
  | "UPLOAD_FORM"
  /** A digest in an upload form that is not the file's. */
  | "UPLOAD_DIGEST"
  /** An upload form that says something else than the metadata in the file. */
  | "UPLOAD_MISMATCH";

/** Any refusal of this package. The message says what and why in one line without a full stop. */
export class PackagingError extends Error {
  override readonly name = "PackagingError";
  readonly code: PackagingErrorCode;
  /** What the person who has the file can do about it, where there is something. */
  readonly hint: string | undefined;

  constructor(code: PackagingErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}
