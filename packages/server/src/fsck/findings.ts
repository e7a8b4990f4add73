/** What fsck can find, and what each means to an operator. The docs list exactly these (docs/operate/fsck.md). */
export const FINDING_KINDS = {
  "database-damaged": "SQLite's own check of the database fails",
  "root-chain": "the chain of roots is broken, or does not begin where it should",
  "role-missing": "a role that is signed to be there has no file",
  "role-invalid": "a role's file is not what its delegator's keys have signed, or not of its shape",
  "role-record": "the record of a role disagrees with its file",
  "role-unlisted": "the database records a role that the signed snapshot does not list",
  "project-differs": "the row of a project disagrees with what is signed about it",
  "file-missing": "a signed file has no row, so no page shows it",
  "file-differs": "a row disagrees with the signed entry of its file",
  "file-unsigned": "a row shows a file that nobody has signed",
  "blob-missing": "the content of a signed file is not there",
  "blob-damaged": "the content of a signed file is not what was signed",
  "key-wrong": "an online key is missing, or not the one that signs its role",
} as const;

export type FindingKind = keyof typeof FINDING_KINDS;

/** One difference between what an index has signed and what it holds. */
export interface Finding {
  readonly kind: FindingKind;
  /** A role, a project, a project and file name, a blob's digest, a key. */
  readonly subject: string;
  readonly detail: string;
}

/** What can be put right from what is signed alone. The rest needs a backup, a mirror, an import or a ceremony. */
export const REPAIRABLE: ReadonlySet<FindingKind> = new Set([
  "role-record",
  "project-differs",
  "file-missing",
  "file-differs",
  "file-unsigned",
]);
