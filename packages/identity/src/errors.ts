/** What this package refuses. The docs list exactly these codes (`docs/errors.md`), and a test says so. */
export type IdentityErrorCode =
  /** An account name, repository id or generation that is not of the accepted form. */
  | "IDENTITY_ACCOUNT"
  /** An ssh-agent that cannot be reached, or that refuses to sign. */
  | "IDENTITY_AGENT"
  /** A key file for CI that is not one, or limits beyond what such a key may have. */
  | "IDENTITY_CI_KEY"
  /** An identity that was used after it was closed. */
  | "IDENTITY_CLOSED"
  /** A CI key whose time is over. */
  | "IDENTITY_EXPIRED"
  /** A file that cannot be read or written, or that others can read. */
  | "IDENTITY_FILE"
  /** A key that must not be enrolled: too short, not canonical, of small order, not on its curve, of another kind. */
  | "IDENTITY_KEY"
  /** A file that holds no private key in a form that is read. */
  | "IDENTITY_KEY_FILE"
  /** The keychain of the operating system: not there, locked, or it failed. */
  | "IDENTITY_KEYCHAIN"
  /** A key file that is encrypted, and no passphrase for it. */
  | "IDENTITY_LOCKED"
  /** Not enough memory to derive keys from a passphrase. */
  | "IDENTITY_MEMORY"
  /** A passphrase that cannot be typed again alike: empty, too long, not UTF-8, with control characters. */
  | "IDENTITY_PASSPHRASE"
  /** Words that are no generated phrase: too few, too many, or not of the list. */
  | "IDENTITY_PHRASE"
  /** A signature that does not prove what it is shown for. */
  | "IDENTITY_PROOF"
  /** A role that this identity may not sign. */
  | "IDENTITY_SCOPE"
  /** Bytes that are not what the formats of SSH demand: the answer of an agent, a key, a signature. */
  | "IDENTITY_SSH"
  /** A statement, or what it is bound to, that is not of the form of its purpose. */
  | "IDENTITY_STATEMENT"
  /** More bytes than an ssh-agent takes. */
  | "IDENTITY_TOO_LARGE"
  /** A wrong passphrase, or a sealed or encrypted file that was changed. */
  | "IDENTITY_UNLOCK"
  /** A passphrase that is too cheap to guess. */
  | "IDENTITY_WEAK"
  /** Something must be asked of a person, and there is no terminal and no descriptor to ask at. */
  | "PROMPT_NEEDED"
  /** The person gave up at a prompt, or gave too many wrong answers. */
  | "PROMPT_GIVEN_UP"
  /** A new passphrase was repeated in another way. */
  | "PROMPT_DIFFERS";

/** The exit codes that differ from {@link UNUSABLE}. */
const EXIT_CODES: ReadonlyMap<IdentityErrorCode, number> = new Map([
  ["PROMPT_NEEDED", 64],
  ["PROMPT_GIVEN_UP", 1],
  ["PROMPT_DIFFERS", 1],
]);

/** A file or a passphrase that cannot be used (EX_DATAERR). */
const UNUSABLE = 65;

/**
 * Any refusal of this package. The message says what and why in one line without a full stop. No message, hint or cause
 * ever holds a secret, or a part of one.
 */
export class IdentityError extends Error {
  override readonly name = "IdentityError";
  readonly code: IdentityErrorCode;
  /** What the person can do about it, where there is something. */
  readonly hint: string | undefined;
  /** What a command ends with when this error ends it. */
  readonly exitCode: number;

  constructor(code: IdentityErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.exitCode = EXIT_CODES.get(code) ?? UNUSABLE;
  }
}
