/** What the server refuses or cannot do. The docs list exactly these codes (`docs/errors.md`), and a test says so. */
export type ServerErrorCode =
  /** Arguments that do not make a command. */
  | "USAGE"
  /** A configuration file that is malformed, or says what no flag knows. */
  | "CONFIGURATION"
  /** A certificate and its key that are unusable, do not belong together, or are open to everybody. */
  | "TLS_FILES"
  /** A backup that lacks something, or a folder in which there is none. */
  | "BACKUP"
  /** What is to be backed up or restored is another index than the one that is there. */
  | "BACKUP_OTHER"
  /** Without what was last published, a restored index would be refused by those who have seen it. */
  | "RESTORE_UNSEEN"
  /** A ceremony was held after the backup, and nobody has what it signed. */
  | "RESTORE_CEREMONY"
  /** Another index or a mirror that does not answer, or not as it should. */
  | "UPSTREAM"
  /** Another index leads to a host that nobody has allowed. */
  | "UPSTREAM_HOST"
  /** A file of another index without the hash that its page gives. */
  | "UPSTREAM_HASH"
  /** The index differs from what it has signed. */
  | "FSCK_FINDINGS"
  /** A folder without a finished index where one is needed. */
  | "NO_INDEX"
  /** `init` into a folder that holds something already. */
  | "FOLDER_NOT_EMPTY"
  /** Offline keys would lie with the index's own data. */
  | "KEYS_IN_DATA"
  /** A key file that is missing, malformed, or not the key of its role. */
  | "KEY_FILE"
  /** A folder or file named by the user that is not there or is something else. */
  | "NO_SUCH_PATH"
  /** No space left, or a quota reached. */
  | "DISK_FULL"
  /** The system does not let this user write there. */
  | "NO_PERMISSION"
  /** The address is in use by another process. */
  | "PORT_IN_USE"
  /** An address on which this machine cannot listen. */
  | "BAD_ADDRESS"
  /** Another process held the database or the publisher for too long. */
  | "BUSY"
  /** The database or a blob is not what was once written there. */
  | "DATA_DAMAGED"
  /** A database written by a newer version of this program. */
  | "DATA_NEWER"
  /** The disk or the system failed in a way that has no code of its own. */
  | "IO"
  /** Keys at hand that do not sign what they should: not the folder of this index's keys. */
  | "WRONG_KEYS"
  /** The record of the last ceremony, which lies with the offline keys, is missing or malformed. */
  | "CEREMONY_RECORD"
  /** The database offers roles to be signed anew that are not those of the last ceremony. */
  | "CEREMONY_TAMPERED"
  /** The same file name stands in the index with other content. */
  | "FILE_EXISTS"
  /** A file that changed or vanished while it was read. */
  | "FILE_UNREADABLE"
  /** A transaction leads to content that is not in the store. */
  | "BLOB_MISSING"
  /** The program that holds a signing key gave no signature. */
  | "SIGNER"
  /** A change asked for in a form that is none. */
  | "BAD_CHANGE"
  /** A change that was accepted and failed its check; the log keeps it with the reason. */
  | "CHANGE_REFUSED"
  /** A transaction without this index's seal: somebody else wrote it into the database. */
  | "TRANSACTION_FORGED"
  /** An account that is not there, or is disabled. */
  | "NO_ACCOUNT"
  /** An account's name that is taken. */
  | "ACCOUNT_EXISTS"
  /** A token that is not there, or is revoked already. */
  | "NO_TOKEN"
  /** Somebody who is no member of the project. */
  | "NO_MEMBER"
  /** A project would have members, but no owner. */
  | "LAST_OWNER"
  /** A request to the upload API that is no upload form. */
  | "UPLOAD_FORM"
  /** An upload, or a project, beyond the limits of this index. */
  | "UPLOAD_TOO_LARGE"
  /** An upload without a token, or with one that does not count. */
  | "UPLOAD_CREDENTIALS"
  /** An upload by somebody, or with a token, who may not. */
  | "UPLOAD_NOT_ALLOWED"
  /** Bytes on a connection that are no request, or could be read as two. */
  | "REQUEST_MALFORMED"
  /** Headers of a request that are longer than what is taken. */
  | "REQUEST_HEADERS"
  /** A connection on which no whole request came in time. */
  | "REQUEST_SLOW"
  /** An upload whose bytes came too slowly. */
  | "UPLOAD_SLOW"
  /** An upload whose client went away in the middle. */
  | "UPLOAD_CUT"
  /** More uploads at a time, or more of them in memory, than the index takes. */
  | "UPLOAD_BUSY"
  /** The index failed over an upload, for a reason that is its own. */
  | "UPLOAD_FAILED"
  /** A thread that takes files in or checks them has ended in the middle of its work. */
  | "THREAD_ENDED"
  /** A new project by a name that this index takes from nobody. */
  | "NAME_PROHIBITED"
  /** A new project by a name that the operator keeps for others. */
  | "NAME_RESERVED"
  /** A new project by a name that looks like another's. */
  | "NAME_CONFUSABLE"
  /** A new file of a project that is archived, quarantined or withdrawn (PEP 792). */
  | "PROJECT_CLOSED"
  /** A rule for names that is not there. */
  | "NO_NAME_RULE"
  /** Some files of an import were refused. */
  | "IMPORT_INCOMPLETE"
  /** A bundle or signatures that make no ceremony of this index as it stands. */
  | "CEREMONY_REFUSED"
  /** A request to the API without a session, or a signature that does not prove who signs in. */
  | "SIGN_IN"
  /** Something that this account may not do. */
  | "NOT_ALLOWED"
  /** An account, transaction, token or staged file that is not there. */
  | "NOTHING_THERE"
  /** An account's name, or a key, that somebody has already. */
  | "ACCOUNT_TAKEN"
  /** A body that is longer than what is taken. */
  | "TOO_LARGE"
  /** More requests, or more of something, than one may have. */
  | "TOO_MANY"
  /** More new projects than one account may claim in a day. */
  | "TOO_MANY_CLAIMS";

/** Exit codes after sysexits.h, as the docs name them. */
const EXIT_CODES: Record<ServerErrorCode, number> = {
  USAGE: 64,
  CONFIGURATION: 64,
  TLS_FILES: 65,
  BACKUP: 1,
  BACKUP_OTHER: 65,
  RESTORE_UNSEEN: 65,
  RESTORE_CEREMONY: 65,
  UPSTREAM: 69,
  UPSTREAM_HOST: 1,
  UPSTREAM_HASH: 1,
  FSCK_FINDINGS: 1,
  NO_INDEX: 65,
  FOLDER_NOT_EMPTY: 73,
  KEYS_IN_DATA: 64,
  KEY_FILE: 65,
  NO_SUCH_PATH: 65,
  DISK_FULL: 73,
  NO_PERMISSION: 73,
  PORT_IN_USE: 69,
  BAD_ADDRESS: 69,
  BUSY: 69,
  DATA_DAMAGED: 65,
  DATA_NEWER: 65,
  IO: 73,
  WRONG_KEYS: 65,
  CEREMONY_RECORD: 65,
  CEREMONY_TAMPERED: 1,
  FILE_EXISTS: 1,
  FILE_UNREADABLE: 1,
  BLOB_MISSING: 1,
  SIGNER: 69,
  BAD_CHANGE: 64,
  CHANGE_REFUSED: 1,
  TRANSACTION_FORGED: 1,
  NO_ACCOUNT: 1,
  UPLOAD_FORM: 1,
  UPLOAD_TOO_LARGE: 1,
  UPLOAD_CREDENTIALS: 1,
  UPLOAD_NOT_ALLOWED: 1,
  REQUEST_MALFORMED: 65,
  REQUEST_HEADERS: 65,
  REQUEST_SLOW: 65,
  UPLOAD_SLOW: 1,
  UPLOAD_CUT: 1,
  UPLOAD_BUSY: 1,
  UPLOAD_FAILED: 1,
  THREAD_ENDED: 69,
  ACCOUNT_EXISTS: 1,
  NO_TOKEN: 1,
  NO_MEMBER: 1,
  LAST_OWNER: 1,
  NAME_PROHIBITED: 1,
  NAME_RESERVED: 1,
  NAME_CONFUSABLE: 1,
  PROJECT_CLOSED: 1,
  NO_NAME_RULE: 1,
  IMPORT_INCOMPLETE: 1,
  CEREMONY_REFUSED: 1,
  SIGN_IN: 77,
  NOT_ALLOWED: 77,
  NOTHING_THERE: 65,
  ACCOUNT_TAKEN: 65,
  TOO_LARGE: 65,
  TOO_MANY: 75,
  TOO_MANY_CLAIMS: 75,
};

/** Every code, for the test that holds docs and code together. */
export const SERVER_ERROR_CODES = Object.keys(EXIT_CODES) as readonly ServerErrorCode[];

/** Any refusal of this package. The message is one line without a full stop; the hint says what to do. */
export class ServerError extends Error {
  override readonly name = "ServerError";
  readonly code: ServerErrorCode;
  readonly hint: string | undefined;

  constructor(code: ServerErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }

  /** The process's exit code when this ends a command. */
  get exitCode(): number {
    return EXIT_CODES[this.code];
  }
}

/** What the system says, by `errno` name. */
const SYSTEM_ERRORS = new Map<string, { code: ServerErrorCode; says: string; hint: string }>([
  ["ENOSPC", { code: "DISK_FULL", says: "no space is left on the device", hint: "free some space and run this again" }],
  ["EDQUOT", { code: "DISK_FULL", says: "the disk quota is reached", hint: "free some space and run this again" }],
  ["EFBIG", { code: "DISK_FULL", says: "a file may not grow any more", hint: "raise the limit (ulimit -f)" }],
  ["EACCES", { code: "NO_PERMISSION", says: "permission denied", hint: "run this as the user who owns the folder" }],
  ["EPERM", { code: "NO_PERMISSION", says: "not permitted", hint: "run this as the user who owns the folder" }],
  [
    "EROFS",
    { code: "NO_PERMISSION", says: "the file system is read-only", hint: "choose a folder that can be written" },
  ],
  ["ENOENT", { code: "NO_SUCH_PATH", says: "there is no such file or folder", hint: "check the path" }],
  ["ENOTDIR", { code: "NO_SUCH_PATH", says: "a file stands where a folder should", hint: "check the path" }],
]);

/** A failed system call in our terms, or the error itself where it is none: a bug stays a bug. */
export function systemError(error: unknown, doing: string): unknown {
  if (error instanceof ServerError || !(error instanceof Error) || !("syscall" in error) || !("code" in error))
    return error;
  const known = SYSTEM_ERRORS.get(String(error.code));
  if (known === undefined) return new ServerError("IO", `${doing}: ${error.message}`, { cause: error });
  return new ServerError(known.code, `${doing}: ${known.says}`, { hint: known.hint, cause: error });
}
