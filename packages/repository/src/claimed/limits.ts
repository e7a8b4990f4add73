/** Keys of owners, and of releasers, that one project may name. */
export const MAX_KEYS = 256;

const DAY = 24 * 60 * 60 * 1000;
/** Longest life of a CI key (TRUST.md 2). */
export const MAX_CI_KEY_MS = 90 * DAY;
/** How far a signed upload time may be from the server's clock (TRUST.md 2). */
export const MAX_UPLOAD_TIME_SKEW_MS = 10 * 60 * 1000;
/** How long ago the first commit of a file may be: a transaction waits a day for signatures, and for the publisher. */
export const MAX_LISTED_MS = 2 * DAY;
/** How far the clock of a signer may be ahead when it sets an expiry. */
export const MAX_CLOCK_SKEW_MS = 10 * 60 * 1000;
