/** What this package refuses. The docs list exactly these codes (`docs/errors.md`), and a test says so. */
export type RepositoryErrorCode =
  /** A target path that is not `<hhhh>/<project>/<filename>` with the right hash and a normalised name. */
  | "TARGET_PATH"
  /** A number of shards that a layout cannot have. */
  | "SHARDING"
  /** The repository's layout is newer than this program. */
  | "LAYOUT_TOO_NEW"
  /** A role that does not have exactly the shape of the table in docs/spec/roles.md. */
  | "ROLE_SHAPE"
  /** A file entry whose fields are not those of docs/spec/files.md. */
  | "FILE_ENTRY"
  /** A status role whose fields are not those of docs/spec/status.md. */
  | "STATUS"
  /** A release role signed by fewer persons than it needs, however many of their keys did. */
  | "ROLE_PERSONS"
  /** A role signed offline at another ceremony than `targets`. */
  | "ROLE_CEREMONY"
  /** A project's own role that is older than the last ceremony saw it. */
  | "ROLE_FLOOR"
  /** A floor line that cannot be read, or contradicts what is known. */
  | "FLOOR_LINE"
  /** A ceremony that was asked for something it may not do. */
  | "CEREMONY"
  /** A claim proposed to a ceremony whose chain of owners, or list of files, does not hold. */
  | "CEREMONY_CLAIM"
  /** A bundle that tells another past than the holder of the offline keys has recorded. */
  | "CEREMONY_STATE"
  /** Signatures of another bundle than the one at hand, or of one that was changed since. */
  | "CEREMONY_BUNDLE"
  /** A ceremony that too few holders have signed, or with keys that are not this index's. */
  | "CEREMONY_SIGNATURES"
  /** A project that the operator withdrew or quarantined. */
  | "PROJECT_REFUSED"
  /** A publication that does not follow from the present state. */
  | "PUBLICATION"
  /** A message between publisher and index that is not of its form. */
  | "WIRE_FORMAT"
  /** A change that cannot be made to a project as it stands: a name with other content, thresholds that nobody could meet. */
  | "DRAFT"
  /** A transaction whose payload is not in the form of its kind. */
  | "TRANSACTION"
  /** A change by the index alone of a project whose own keys, or a seal, say what its files are. */
  | "PROJECT_PROTECTED"
  /** A file name under which something else is listed. */
  | "FILE_LISTED"
  /** A yank or deletion of files that are not listed. */
  | "NO_SUCH_FILE"
  /** A restoration of what is not withdrawn. */
  | "NOT_WITHDRAWN"
  /** A project transaction whose role files cannot be read, or are not in canonical form. */
  | "TX_FORMAT"
  /** A project transaction on a project that takes none: a sealed one. */
  | "TX_STANDING"
  /** A project transaction in which one of both roles is missing, or whose `r.` is signed by nobody whom its `p.` names. */
  | "TX_UNMET"
  /** A project transaction built upon roles that are no longer the present ones: somebody was faster. */
  | "TX_CONFLICT"
  /** A project transaction that skips a version. */
  | "TX_VERSION"
  /** A project transaction whose roles have ended, or would live longer than policy allows. */
  | "TX_EXPIRY"
  /** A project transaction that lists a file of another project. */
  | "TX_PATH"
  /** A project transaction whose `p.` does not delegate its own files to its `r.` alone. */
  | "TX_DELEGATION"
  /** A project transaction that lets in a withdrawn, weak or malformed key, or one key twice. */
  | "TX_KEY"
  /** A project that would name more owners or releasers than it may, or too many bytes of keys. */
  | "TX_KEYS"
  /** A project transaction with a threshold that the persons it names could not meet. */
  | "TX_THRESHOLD"
  /** A project transaction against the rules for CI keys. */
  | "TX_CI_KEY"
  /** A project transaction that lists two files under what is one name. */
  | "TX_NAME"
  /** A project transaction by which a name would come to stand for other content. */
  | "TX_CONTENT"
  /** A project transaction with an upload time that is not now, or that changes one. */
  | "TX_UPLOAD_TIME"
  /** A project transaction that lists a file which was not sent, or was sent with other content. */
  | "TX_BLOB"
  /** A project transaction that says something else of a file than the file does. */
  | "TX_METADATA"
  /** A project transaction that too few persons have signed, or that bears a signature which does not count. */
  | "TX_SIGNATURES"
  /** A project transaction that changes the owners without all present ones, or names none. */
  | "TX_OWNERS"
  /** A second change of a project's owners while holders of the offline keys decide about it: it waits for the ceremony. */
  | "TX_HELD";

/** Any refusal of this package. The message says what and why in one line without a full stop. */
export class RepositoryError extends Error {
  override readonly name = "RepositoryError";
  readonly code: RepositoryErrorCode;
  /** The role that was refused, where there is one. */
  readonly role: string | undefined;

  constructor(code: RepositoryErrorCode, message: string, role?: string) {
    super(message);
    this.code = code;
    this.role = role;
  }
}
