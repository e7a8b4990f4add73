const MiB = 1024 * 1024;

/** What an upload may cost. The operator may change these. */
export interface UploadLimits {
  /** Bytes of one file. */
  readonly fileBytes: number;
  /** Bytes of all files of one project. */
  readonly projectBytes: number;
  /** Fields of one form. */
  readonly fields: number;
}

export const DEFAULT_UPLOAD_LIMITS: UploadLimits = {
  fileBytes: 100 * MiB,
  projectBytes: 10 * 1024 * MiB,
  fields: 4000,
};

/** Bytes of one field: a description may be as long as the metadata that carries it. */
export const MAX_FIELD_BYTES = 4 * MiB;
/** Bytes of all fields together. */
export const MAX_FORM_BYTES = 8 * MiB;
/** Bytes of what all requests together make the index keep in memory, beside what each one has for itself. */
export const MAX_BODIES_BYTES = 64 * MiB;
/** Characters of a field's name. */
export const MAX_FIELD_NAME = 100;
/** Bytes of a part's headers. */
export const MAX_PART_HEADER_BYTES = 8 * 1024;
/** Headers of a part. */
export const MAX_PART_HEADERS = 20;
/** Files of one form: the distribution, and a detached signature, which nobody reads. */
export const MAX_PARTS_WITH_FILES = 2;
/** Bytes of multipart around fields and file, per field. */
export const PART_OVERHEAD_BYTES = 512;
/** Longest time for one upload. */
export const UPLOAD_MS = 15 * 60_000;
/** Uploads at a time, of all clients: each has a file in staging. */
export const MAX_UPLOADS_AT_A_TIME = 64;
