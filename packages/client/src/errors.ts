/** What the client refuses or cannot do. The docs list exactly these codes (`docs/errors.md`), and a test says so. */
export type ClientErrorCode =
  /** Offline keys, or the record of the last ceremony beside them, that are missing or cannot be used. */
  | "CEREMONY_KEYS"
  /** A bundle that was proposed at another time than this machine's clock says. */
  | "CEREMONY_BUNDLE_AGE"
  /** A file of a ceremony that cannot be read or written: missing, no ordinary file, too large, or there already. */
  | "CEREMONY_FILE"
  /** A command line or a setting that makes no sense. */
  | "USAGE"
  /** `countermark.toml` is not what this client reads. */
  | "CONFIG_INVALID"
  /** A project's `countermark.toml` asks for what only the user may set. */
  | "PROJECT_FORBIDDEN"
  /** A project's `countermark.toml` names an index that the user has not confirmed for it. */
  | "PROJECT_UNCONFIRMED"
  /** A project's `countermark.toml` names another root for a host whose index is trusted already. */
  | "PROJECT_REROOT"
  /** No index is trusted yet. */
  | "TRUST_MISSING"
  /** Several indexes are trusted and none was named. */
  | "TRUST_AMBIGUOUS"
  /** The index's first root is not the one whose fingerprint was given, or another one is pinned already. */
  | "TRUST_FINGERPRINT"
  /** The index cannot be reached, is too slow, or fails on its side. */
  | "INDEX_UNREACHABLE"
  /** The index is not to be asked, and what is wanted was not fetched before. */
  | "NOT_CACHED"
  /** The index answers, but with something that it should not say: a redirect, a refusal, another encoding. */
  | "INDEX_ANSWER"
  /** The index is private: no read token is kept for it, or not one that it accepts for what was asked. */
  | "TOKEN_NEEDED"
  /** A read token would go over plain http to another machine. */
  | "TOKEN_UNSAFE"
  /** What was given as a read token is none. */
  | "TOKEN_MALFORMED"
  /** The index does not have a file that must be there. */
  | "INDEX_INCOMPLETE"
  /** The index sends more bytes than a file of this kind may have. */
  | "INDEX_OVERSIZED"
  /** Metadata that cannot be read. */
  | "METADATA_MALFORMED"
  /** Metadata that too few of the right keys have signed. */
  | "METADATA_SIGNATURE"
  /** Metadata older than what was trusted before, or another version than announced. */
  | "METADATA_ROLLBACK"
  /** Metadata past its date. */
  | "METADATA_EXPIRED"
  /** Metadata whose bytes are not the announced ones. */
  | "METADATA_MISMATCH"
  /** A role that nobody delegated to, or that the snapshot does not list. */
  | "METADATA_ROLE"
  /** A role that does more than its one thing, or in another shape than the layout's. */
  | "METADATA_SHAPE"
  /** A project in other hands than when it was last seen here, or a file name that stands for other bytes than before. */
  | "CONTINUITY"
  /** A repository layout newer than this client. */
  | "LAYOUT_NEWER"
  /** This machine's clock is behind a time that was trusted before. */
  | "CLOCK_BEHIND"
  /** A distribution whose bytes are not the signed ones. */
  | "FILE_MISMATCH"
  /** A distribution whose own METADATA is not the announced one. */
  | "FILE_METADATA"
  /** A project is less protected than a policy demands of it. */
  | "POLICY_REFUSED"
  /** The operator has withdrawn this file, release or project, or a key that its list rests on, or put the project in quarantine. */
  | "WITHDRAWN"
  /** The trusted state cannot be written or read. */
  | "STATE_UNUSABLE"
  /** The cache cannot be written. */
  | "CACHE_UNUSABLE"
  /** No space is left on a device. */
  | "DISK_FULL"
  /** A command in a run was kept from a host that is not the trusted index; told alone, the exit code stays. */
  | "HOST_REFUSED"
  /** A command in a run wanted the trusted index by a way on which nothing is verified: its number, another port or name. */
  | "INDEX_BYPASSED"
  /** A command in a run wanted a project's file from a trusted index that the project does not belong to. */
  | "INDEX_OTHER"
  /** A tool in a run has a list of authorities of its own, and so does not believe the gate. */
  | "GATE_DISTRUSTED"
  /** A host that was allowed cannot be reached. */
  | "HOST_UNREACHABLE"
  /** A tool in a run wanted to upload, and nobody was asked to sign. */
  | "UPLOAD_UNSIGNED"
  /** The port is taken. */
  | "PORT_IN_USE"
  /** The command to run is not there. */
  | "COMMAND_NOT_FOUND"
  /** The settings of a tool name a proxy of their own, which would lead past the gate of a run. */
  | "TOOL_PROXY"
  /** The command to run cannot be started. */
  | "COMMAND_NOT_EXECUTABLE"
  /** No account is known for an index on this machine, and none was named. */
  | "ACCOUNT_MISSING"
  /** The keys that were opened are none of the account's: a mistyped passphrase, or another account. */
  | "ACCOUNT_KEYS"
  /** A key that is to sign is not there, or several could be meant. */
  | "KEY_MISSING"
  /** A file to be published cannot be read, is no distribution, or its content does not fit its name. */
  | "DIST_REFUSED"
  /** An upload inside a run that is no form as upload tools send it. */
  | "UPLOAD_FORM"
  /** Files of several projects, or of another one than is meant, where one is released. */
  | "DIST_PROJECT"
  /** A file that the index received, or lists, is not the one that was read here. */
  | "DIST_DIFFERS"
  /** These keys may not do what was asked in this project. */
  | "PROJECT_ROLE"
  /** The project stands in a way in which this cannot be done. */
  | "PROJECT_STANDING"
  /** Others published again and again in between. */
  | "PROJECT_BUSY"
  /** What was published did not show in time. */
  | "PUBLICATION_UNSEEN"
  /** A code of an invitation that is malformed, of another index, or whose answer does not bear its seal. */
  | "INVITATION"
  /** A mistake of this program's own. */
  | "INTERNAL";

/** The exit code of each error, as documented in `docs/errors.md`. */
const EXIT_CODES: ReadonlyMap<ClientErrorCode, number> = new Map([
  ["USAGE", 64],
  ["CONFIG_INVALID", 65],
  ["PROJECT_FORBIDDEN", 65],
  ["TRUST_MISSING", 64],
  ["TRUST_AMBIGUOUS", 64],
  ["INDEX_UNREACHABLE", 69],
  ["NOT_CACHED", 69],
  ["TOKEN_NEEDED", 77],
  ["TOKEN_UNSAFE", 64],
  ["TOKEN_MALFORMED", 65],
  ["METADATA_MALFORMED", 65],
  ["STATE_UNUSABLE", 73],
  ["CACHE_UNUSABLE", 73],
  ["DISK_FULL", 73],
  ["PORT_IN_USE", 69],
  ["COMMAND_NOT_FOUND", 127],
  ["COMMAND_NOT_EXECUTABLE", 126],
  ["ACCOUNT_MISSING", 64],
  ["KEY_MISSING", 64],
  ["DIST_REFUSED", 65],
  ["DIST_PROJECT", 65],
  ["PUBLICATION_UNSEEN", 69],
  ["INTERNAL", 70],
]);

/** Exit code of everything that verification refused. */
const REFUSED = 1;

/** Any refusal of this package: what and why in one line without a full stop, and what to do about it. */
export class ClientError extends Error {
  override readonly name = "ClientError";
  readonly code: ClientErrorCode;
  readonly hint: string | undefined;
  /** What the process ends with when this error ends it. */
  readonly exitCode: number;

  constructor(code: ClientErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.exitCode = EXIT_CODES.get(code) ?? REFUSED;
  }
}

/** An error's message with what it is about, once: many messages begin with it by themselves. */
export function messageAbout(subject: string, { message }: ClientError): string {
  return message.startsWith(subject) ? message : `${subject}: ${message}`;
}

/** The code that the system gave an error (`ENOENT`, `EACCES`), if any. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  // Node's own codes (ERR_…) stand for mistakes of the program.
  return typeof error.code === "string" && !error.code.startsWith("ERR_") ? error.code : undefined;
}
