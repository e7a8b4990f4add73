import type { ByteSource } from "../source.ts";
import { BitInput } from "./bit-input.ts";
import { FIXED_CODES, readDynamicCodes, type BlockCodes } from "./block-codes.ts";
import { damaged, decodeLong, LOOKUP_BITS } from "./huffman.ts";

/** How far back a match may reach (RFC 1951, 3.2.5). */
const WINDOW_BYTES = 32 * 1024;
/** Given out at once, about. */
const PIECE_BYTES = 64 * 1024;
const LONGEST_MATCH = 258;
const FULL = WINDOW_BYTES + PIECE_BYTES;

const END_OF_BLOCK = 256;
const LOOKUP_MASK = (1 << LOOKUP_BITS) - 1;

/** By symbol - 257: smallest length * 8 + number of extra bits (RFC 1951, 3.2.5). 286 and 287 are no lengths: 0. */
const LENGTHS = Uint16Array.from({ length: 31 }, (_, i) => {
  if (i >= 29) return 0;
  if (i < 8) return (i + 3) << 3;
  if (i === 28) return 258 << 3;
  const extra = (i >> 2) - 1;
  return ((((4 + (i & 3)) << extra) + 3) << 3) | extra;
});

/** By symbol: smallest distance * 16 + number of extra bits. 30 and 31 are no distances: 0. */
const DISTANCES = Uint32Array.from({ length: 32 }, (_, i) => {
  if (i >= 30) return 0;
  if (i < 4) return (i + 1) << 4;
  const extra = (i >> 1) - 1;
  return ((((2 + (i & 1)) << extra) + 1) << 4) | extra;
});

/**
 * Unpacks a deflate stream (RFC 1951) piece by piece, in about 200 kB of memory whatever its size: Node's zlib unpacks
 * synchronously only as a whole. As strict as zlib. Throws `ARCHIVE_CORRUPT`, `ARCHIVE_TRUNCATED`.
 */
export class InflateStream {
  readonly #input: BitInput;
  readonly #out = new Uint8Array(FULL + LONGEST_MATCH);
  #at = 0;
  #block: "none" | "stored" | "coded" = "none";
  #isLast = false;
  #storedLeft = 0;
  #codes: BlockCodes = FIXED_CODES;
  #end: number | undefined;

  /** The stream begins at `start` and may take the source up to `end`. */
  constructor(source: ByteSource, start: number, end: number) {
    this.#input = new BitInput(source, start, end);
  }

  /** The next piece, never empty, valid until the next call; nothing at the end of the stream. */
  next(): Uint8Array | undefined {
    if (this.#at > WINDOW_BYTES) {
      this.#out.copyWithin(0, this.#at - WINDOW_BYTES, this.#at);
      this.#at = WINDOW_BYTES;
    }
    const start = this.#at;
    while (this.#end === undefined && this.#at < FULL) this.#step();
    return this.#at > start ? this.#out.subarray(start, this.#at) : undefined;
  }

  /** Offset in the source behind the stream; nothing before its end was reached. */
  get end(): number | undefined {
    return this.#end;
  }

  #step(): void {
    if (this.#block === "coded") this.#decode();
    else if (this.#block === "stored") this.#copyStored();
    else if (this.#isLast) this.#end = this.#input.offset();
    else this.#beginBlock();
  }

  /** RFC 1951, 3.2.3. */
  #beginBlock(): void {
    this.#isLast = this.#input.take(1) === 1;
    const type = this.#input.take(2);
    if (type === 3) throw damaged("a block is of no known type");
    this.#block = type === 0 ? "stored" : "coded";
    if (type === 0) this.#beginStored();
    else this.#codes = type === 1 ? FIXED_CODES : readDynamicCodes(this.#input);
  }

  /** RFC 1951, 3.2.4. */
  #beginStored(): void {
    this.#input.align();
    const length = this.#input.take(16);
    if (this.#input.take(16) !== (length ^ 0xffff)) throw damaged("a stored block has two lengths");
    this.#input.align();
    this.#storedLeft = length;
  }

  #copyStored(): void {
    if (this.#storedLeft > 0) {
      const copied = this.#input.copy(this.#out, this.#at, Math.min(this.#storedLeft, FULL - this.#at));
      this.#at += copied;
      this.#storedLeft -= copied;
    }
    if (this.#storedLeft === 0) this.#block = "none";
  }

  /**
   * Decodes symbols until the block ends, the window is full or the input has to be refilled. Holds the input's state in
   * local variables: this loop is where the time goes.
   */
  #decode(): void {
    const input = this.#input;
    const { literals, distances } = this.#codes;
    const { bytes, safeEnd } = input;
    const out = this.#out;
    let { position, bits, bitCount } = input;
    let at = this.#at;
    while (at < FULL && position <= safeEnd) {
      if (bitCount < 16) {
        bits |= ((bytes[position] ?? 0) | ((bytes[position + 1] ?? 0) << 8)) << bitCount;
        position += 2;
        bitCount += 16;
      }
      let entry = literals.lookup[bits & LOOKUP_MASK] ?? 0;
      if (entry === 0) entry = decodeLong(literals, bits);
      if (entry === 0) throw damaged("a code is not in its set");
      bits >>>= entry & 15;
      bitCount -= entry & 15;
      const symbol = entry >>> 4;
      if (symbol < END_OF_BLOCK) {
        out[at] = symbol;
        at += 1;
        continue;
      }
      if (symbol === END_OF_BLOCK) {
        this.#block = "none";
        break;
      }
      if (bitCount < 16) {
        bits |= ((bytes[position] ?? 0) | ((bytes[position + 1] ?? 0) << 8)) << bitCount;
        position += 2;
        bitCount += 16;
      }
      const lengthCode = LENGTHS[symbol - END_OF_BLOCK - 1] ?? 0;
      if (lengthCode === 0) throw damaged("a length is not one");
      const lengthExtra = lengthCode & 7;
      const length = (lengthCode >>> 3) + (bits & ((1 << lengthExtra) - 1));
      bits >>>= lengthExtra;
      bitCount -= lengthExtra;
      if (bitCount < 16) {
        bits |= ((bytes[position] ?? 0) | ((bytes[position + 1] ?? 0) << 8)) << bitCount;
        position += 2;
        bitCount += 16;
      }
      entry = distances.lookup[bits & LOOKUP_MASK] ?? 0;
      if (entry === 0) entry = decodeLong(distances, bits);
      const distanceCode = entry === 0 ? 0 : (DISTANCES[entry >>> 4] ?? 0);
      if (distanceCode === 0) throw damaged("a distance is not one");
      bits >>>= entry & 15;
      bitCount -= entry & 15;
      if (bitCount < 16) {
        bits |= ((bytes[position] ?? 0) | ((bytes[position + 1] ?? 0) << 8)) << bitCount;
        position += 2;
        bitCount += 16;
      }
      const distanceExtra = distanceCode & 15;
      const distance = (distanceCode >>> 4) + (bits & ((1 << distanceExtra) - 1));
      bits >>>= distanceExtra;
      bitCount -= distanceExtra;
      if (distance > at) throw damaged("a match reaches back before the beginning");
      copyMatch(out, at, distance, length);
      at += length;
    }
    input.position = position;
    input.bits = bits;
    input.bitCount = bitCount;
    this.#at = at;
    if (this.#block === "coded" && at < FULL) input.refill();
  }
}

/** Source and target may overlap: then what was just written is repeated. */
function copyMatch(out: Uint8Array, at: number, distance: number, length: number): void {
  if (distance >= length && length > 32) out.copyWithin(at, at - distance, at - distance + length);
  else for (let i = at; i < at + length; i += 1) out[i] = out[i - distance] ?? 0;
}
