/** What the verifier refuses. The docs list exactly these codes (`docs/errors.md`), and a test says so. */
export type TufErrorCode =
  /** Bytes that are not the strict JSON this package reads. */
  | "TUF_JSON"
  /** JSON that is not the metadata of TUF section 4 (a missing field, a wrong type, an impossible value). */
  | "TUF_FORMAT"
  /** A specification version, or a key type or scheme, that this package does not know. */
  | "TUF_UNSUPPORTED"
  /** A key that must not be used (small order, not canonical, too short, not on its curve). */
  | "TUF_KEY"
  /** Fewer distinct keys than the threshold have signed. */
  | "TUF_SIGNATURE"
  /** A version below one already trusted, or not the one that was announced. */
  | "TUF_VERSION"
  /** Metadata older than the reference time. */
  | "TUF_EXPIRED"
  /** A hash or a length other than the announced one. */
  | "TUF_INTEGRITY"
  /** A role that the snapshot or the delegator does not name. */
  | "TUF_ROLE"
  /** Steps of the client workflow in the wrong order: a mistake of the caller. */
  | "TUF_ORDER";

/** Any refusal of this package. The message says what and why in one line without a full stop. */
export class TufError extends Error {
  override readonly name = "TufError";
  readonly code: TufErrorCode;
  /** The role whose metadata was refused, where there is one. */
  readonly role: string | undefined;

  constructor(code: TufErrorCode, message: string, options: { role?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.role = options.role;
  }
}
