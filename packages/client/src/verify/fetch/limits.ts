/** How much one file may cost: checked while it comes in, before anything is kept. */
export interface FetchLimits {
  /** Bytes after decoding, and before. */
  readonly maxBytes: number;
  /** Milliseconds for the file as a whole, all tries and waits included. */
  readonly timeoutMs: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** Most bytes of a `root.json`: a root names a handful of keys. */
export const MAX_ROOT_BYTES = 512 * KIB;
/** Most bytes of a `timestamp.json`: it names one file. */
export const MAX_TIMESTAMP_BYTES = 64 * KIB;
/** Most bytes of a `snapshot.json` whose length nobody announced: some 200,000 roles. */
export const MAX_SNAPSHOT_BYTES = 32 * MIB;
/** Most bytes of a targets role whose length nobody announced: some 100,000 delegations. */
export const MAX_TARGETS_BYTES = 64 * MIB;
/** Most bytes of an older `p.` that is followed: it names people, a few dozen. */
export const MAX_OLDER_VERSION_BYTES = 1 * MIB;
/** Most bytes of a distribution. The largest that people install have some 4 GiB. */
export const MAX_DISTRIBUTION_BYTES = 8 * 1024 * MIB;
/** Most bytes of a wheel's METADATA. */
export const MAX_CORE_METADATA_BYTES = 16 * MIB;

/** What a file may always take, however small it is. */
const BASE_TIMEOUT_MS = 30_000;
/** A connection slower than this on the whole is an outage, not a download: 64 KiB/s. */
const LEAST_BYTES_PER_MS = 64;
/** Longest time that a timer can wait. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** The limits of a file of at most `maxBytes`: half a minute, and more for what is large. */
export function limitsFor(maxBytes: number): FetchLimits {
  const timeoutMs = BASE_TIMEOUT_MS + Math.ceil(maxBytes / LEAST_BYTES_PER_MS);
  return { maxBytes, timeoutMs: Math.min(timeoutMs, MAX_TIMEOUT_MS) };
}
