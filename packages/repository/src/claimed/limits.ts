/** Keys of owners, and of releasers, that are read at all. */
export const MAX_KEYS = 256;
/** Keys of owners that a project may come to name. */
export const MAX_OWNERS = 32;
/** Keys of releasers that a project may come to name. */
export const MAX_RELEASERS = 64;
/** Bytes of the owners' keys, which the shared `claimed` and `recently-claimed` shards copy: a full shard holds 8,000 such. */
export const MAX_OWNER_KEY_BYTES = 8 * 1024;

const DAY = 24 * 60 * 60 * 1000;
/** Longest life of a CI key (TRUST.md 2). */
export const MAX_CI_KEY_MS = 90 * DAY;
/** How far a signed upload time may be from the server's clock (TRUST.md 2). */
export const MAX_UPLOAD_TIME_SKEW_MS = 10 * 60 * 1000;
/** How long ago the first commit of a file may be: a transaction waits a day for signatures, and for the publisher. */
export const MAX_LISTED_MS = 2 * DAY;
/** How far the clock of a signer may be ahead when it sets an expiry. */
export const MAX_CLOCK_SKEW_MS = 10 * 60 * 1000;
