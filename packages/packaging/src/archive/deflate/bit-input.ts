import { PackagingError } from "../../errors.ts";
import { readExactly, type ByteSource } from "../source.ts";

/** Read from the source at once. */
const READ_BYTES = 64 * 1024;
/** Zeros behind the end of the input, so that a decoding step need not ask for every byte. */
const PADDING_BYTES = 32;
/** Most bytes that one decoding step takes, and more. */
const STEP_BYTES = 16;
/** Kept before `position`: `bits` may hold whole bytes that are given back. */
const KEPT_BYTES = 4;

/**
 * Deflate's bits (RFC 1951, 3.1.1) out of a part of a source. The decoder's inner loop takes `bytes`, `position`, `bits`
 * and `bitCount` into its own hands: a step may begin while `position` is not beyond `safeEnd`; then comes `refill`.
 */
export class BitInput {
  bytes: Uint8Array = new Uint8Array(0);
  /** Next byte that is not in `bits` yet. */
  position = 0;
  /** Up to 31 bits, the next one lowest. */
  bits = 0;
  bitCount = 0;
  safeEnd = -1;

  readonly #source: ByteSource;
  readonly #end: number;
  /** Offset in the source of what comes behind `bytes`. */
  #offset: number;
  /** Behind the last real byte in `bytes`. */
  #filled = 0;

  constructor(source: ByteSource, start: number, end: number) {
    this.#source = source;
    this.#offset = start;
    this.#end = end;
  }

  /** Reads on. Throws `ARCHIVE_TRUNCATED` where the input has ended. */
  refill(): void {
    if (this.#offset === this.#end && this.safeEnd !== -1) throw truncated();
    const keptFrom = Math.max(0, this.position - KEPT_BYTES);
    const rest = this.bytes.subarray(keptFrom, this.#filled);
    const fresh = readExactly(this.#source, this.#offset, Math.min(READ_BYTES, this.#end - this.#offset));
    this.#offset += fresh.length;
    this.bytes = new Uint8Array(rest.length + fresh.length + PADDING_BYTES);
    this.bytes.set(rest);
    this.bytes.set(fresh, rest.length);
    this.position -= keptFrom;
    this.#filled = rest.length + fresh.length;
    // At the end a step may begin a little behind it: one that takes what is not there is found out by `offset`.
    this.safeEnd = this.#filled + (this.#offset === this.#end ? PADDING_BYTES / 4 : -STEP_BYTES);
  }

  /** The next `count` bits, at most 16. */
  take(count: number): number {
    this.require();
    const value = this.bits & ((1 << count) - 1);
    this.drop(count);
    return value;
  }

  /** Makes sure that `bits` holds 16 bits or more. */
  require(): void {
    if (this.bitCount >= 16) return;
    while (this.position > this.safeEnd) this.refill();
    const pair = (this.bytes[this.position] ?? 0) | ((this.bytes[this.position + 1] ?? 0) << 8);
    this.bits |= pair << this.bitCount;
    this.position += 2;
    this.bitCount += 16;
  }

  drop(count: number): void {
    this.bits >>>= count;
    this.bitCount -= count;
  }

  /** Skips to the next whole byte and gives back what `bits` holds behind it. */
  align(): void {
    this.position -= this.bitCount >>> 3;
    this.bits = 0;
    this.bitCount = 0;
  }

  /** Copies at least one and at most `most` whole bytes; only after {@link align}. */
  copy(to: Uint8Array, at: number, most: number): number {
    while (this.position >= this.#filled) this.refill();
    const count = Math.min(most, this.#filled - this.position);
    to.set(this.bytes.subarray(this.position, this.position + count), at);
    this.position += count;
    return count;
  }

  /** Offset in the source of the next byte that was not touched. Throws `ARCHIVE_TRUNCATED` if there was not so much. */
  offset(): number {
    const offset = this.#offset - this.#filled + this.position - (this.bitCount >>> 3);
    if (offset > this.#end) throw truncated();
    return offset;
  }
}

function truncated(): PackagingError {
  return new PackagingError("ARCHIVE_TRUNCATED", "the compressed data ends too early", {
    hint: "the file was cut off or damaged",
  });
}
