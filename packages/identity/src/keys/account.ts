import { IdentityError } from "../errors.ts";

/** Longest account name, in characters. */
export const MAX_ACCOUNT_CHARACTERS = 64;
const ACCOUNT = /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/;
const DIGEST = /^[0-9a-f]{64}$/;

/** Whose keys: one account of one repository. */
export interface Account {
  /** SHA-256 of the repository's first root, lower-case hex. */
  readonly repository: string;
  /** As `parseAccountName` returns it. */
  readonly account: string;
}

/**
 * An account name as it goes into salts, labels and statements: 1 to 64 lower-case ASCII letters, digits, `.`, `_`, `-`,
 * with a letter or digit at both ends. White space around it and capitals are folded: both are typed by accident, and
 * another name would be another key.
 * Throws `IDENTITY_ACCOUNT`.
 */
export function parseAccountName(text: string): string {
  const name = text.trim().replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  if (name.length <= MAX_ACCOUNT_CHARACTERS && ACCOUNT.test(name)) return name;
  throw new IdentityError("IDENTITY_ACCOUNT", `${JSON.stringify(text.slice(0, 80))} is no account name`, {
    hint: `an account name has 1 to ${MAX_ACCOUNT_CHARACTERS} letters a-z, digits, ".", "_" or "-", with a letter or digit at both ends`,
  });
}

/** Throws `IDENTITY_ACCOUNT` unless both are byte for byte of the accepted form. */
export function checkAccount({ repository, account }: Account): void {
  if (!DIGEST.test(repository)) {
    throw new IdentityError("IDENTITY_ACCOUNT", "a repository id is not a SHA-256 in lower-case hex");
  }
  if (parseAccountName(account) !== account) {
    throw new IdentityError(
      "IDENTITY_ACCOUNT",
      `the account name ${JSON.stringify(account)} is not in its folded form`,
    );
  }
}
