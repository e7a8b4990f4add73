/** Bytes that were read and hashed on their way into the store. */
export interface Blob {
  /** Lower-case hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly length: number;
}

/** Random access to one blob. Reads are synchronous: archives are inspected with it, never requests answered. */
export interface BlobReader {
  readonly size: number;
  /** Exactly `length` bytes from `offset`. */
  read(offset: number, length: number): Uint8Array;
  /** The open file of this process behind it, where there is one. */
  readonly descriptor?: number | undefined;
}

/** A blob on its way in: complete on the disk, named by nothing. */
export interface StagedBlob extends Blob {
  readonly reader: BlobReader;
  /** Puts it in its place. When this is fulfilled the blob survives a crash of the machine. May be called once. */
  keep(): Promise<void>;
  /** Forgets it. Harmless after `keep`. */
  discard(): Promise<void>;
}

/**
 * Immutable files named by what they hold. A blob is in the store as a whole or not at all: there is no moment at which
 * its name leads to part of it. Storing what is there already changes nothing. Nothing says that a blob is wanted; rows
 * do, and they are written after `keep`, so a crash in between leaves a blob without a row, never the reverse.
 * What was left over in staging by a process that was killed is removed by `tidy`.
 *
 * Whoever can write to this store can at most deny service: verifiers compare every file with its signed digest.
 */
export interface BlobStore {
  /**
   * Copies a source in, hashing it on its way, so that what is inspected afterwards is what is kept. A chunk is not
   * touched any more once the next one is asked for.
   */
  stage(source: AsyncIterable<Uint8Array>): Promise<StagedBlob>;
  /** A whole small blob, or undefined. */
  read(sha256: string): Promise<Uint8Array | undefined>;
  /**
   * Bytes `start` to `end` (exclusive) in chunks, or undefined where there is no such blob. A chunk may be overwritten
   * once the next one is asked for. Whoever asks for the first must ask on to the end, or `return` the iterator.
   */
  stream(sha256: string, start: number, end: number): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** The length of a blob, or undefined. */
  size(sha256: string): Promise<number | undefined>;
  /** The lengths of several, in their order: before they are listed, when they were just put in. */
  sizes(sha256s: readonly string[]): Promise<readonly (number | undefined)[]>;
  /** Removes what processes that are gone have left in staging. */
  tidy(): Promise<number>;
}
