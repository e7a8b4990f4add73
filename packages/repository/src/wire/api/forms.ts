/** Forms of strings in the messages of the API. */

/** SHA-256, nonces, identities of keys, key ids: 32 bytes in lower-case hex. */
export const DIGEST = /^[0-9a-f]{64}$/;
/** An account name in its folded form; identity's `parseAccountName` has the last word. */
export const ACCOUNT = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/;
/** What the server names things by: transactions, tokens, staged files. */
export const ID = /^[A-Za-z0-9_-]{1,64}$/;
/** A file name that can stand in a path: see `isSafeFilename`. */
export const FILENAME = /^[A-Za-z0-9_][A-Za-z0-9._+!-]{0,254}$/;
/** One line of text for people. */
export const LINE = /^[^\u0000-\u001f\u007f]{1,200}$/;
/** A bearer secret: a session or a token. */
export const SECRET = /^cm[a-z]?_[A-Za-z0-9_-]{20,200}$/;
