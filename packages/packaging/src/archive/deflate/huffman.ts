import { PackagingError } from "../../errors.ts";

/** Longest code, in bits (RFC 1951, 3.2.7). */
const MAX_CODE_BITS = 15;
/** Codes up to this length are found by one look-up. */
export const LOOKUP_BITS = 10;

/** A prefix code ready to decode (RFC 1951, 3.2.2). */
export interface PrefixCode {
  /** By the next {@link LOOKUP_BITS} bits: symbol * 16 + length; 0 where the code is longer, or none. */
  readonly lookup: Uint16Array;
  /** Number of codes by length. */
  readonly counts: Uint16Array;
  /** Symbols in the order of their codes. */
  readonly symbols: Uint16Array;
}

/**
 * Builds a prefix code from the lengths of its codes (0: none). As zlib does, refuses sets with more or fewer codes than
 * fit, but where `mayBeIncomplete` a single code of one bit, or none at all.
 */
export function buildPrefixCode(lengths: Uint8Array, options: { mayBeIncomplete: boolean }): PrefixCode {
  const counts = new Uint16Array(MAX_CODE_BITS + 1);
  for (const length of lengths) counts[length] = (counts[length] ?? 0) + 1;
  counts[0] = 0;
  checkComplete(counts, options.mayBeIncomplete);
  const offsets = new Uint16Array(MAX_CODE_BITS + 2);
  const codes = new Uint16Array(MAX_CODE_BITS + 2);
  for (let length = 1; length <= MAX_CODE_BITS; length += 1) {
    offsets[length + 1] = (offsets[length] ?? 0) + (counts[length] ?? 0);
    codes[length + 1] = ((codes[length] ?? 0) + (counts[length] ?? 0)) << 1;
  }
  const symbols = new Uint16Array(lengths.length);
  const lookup = new Uint16Array(1 << LOOKUP_BITS);
  lengths.forEach((length, symbol) => {
    if (length === 0) return;
    const at = offsets[length] ?? 0;
    symbols[at] = symbol;
    offsets[length] = at + 1;
    const code = codes[length] ?? 0;
    codes[length] = code + 1;
    if (length > LOOKUP_BITS) return;
    for (let bits = reverse(code, length); bits < lookup.length; bits += 1 << length) {
      lookup[bits] = symbol * 16 + length;
    }
  });
  return { lookup, counts, symbols };
}

/** Symbol * 16 + length of the code at the lowest bits, for what {@link PrefixCode.lookup} leaves out; 0 if none. */
export function decodeLong({ counts, symbols }: PrefixCode, bits: number): number {
  let [code, first, index] = [0, 0, 0];
  for (let length = 1; length <= MAX_CODE_BITS; length += 1) {
    code |= (bits >>> (length - 1)) & 1;
    const count = counts[length] ?? 0;
    if (code - count < first) return (symbols[index + code - first] ?? 0) * 16 + length;
    index += count;
    first = (first + count) << 1;
    code <<= 1;
  }
  return 0;
}

function checkComplete(counts: Uint16Array, mayBeIncomplete: boolean): void {
  let left = 1;
  let longest = 0;
  counts.forEach((count, length) => {
    if (length === 0) return;
    left = left * 2 - count;
    if (left < 0) throw damaged("a set of codes is over-subscribed");
    if (count > 0) longest = length;
  });
  if (left > 0 && !(mayBeIncomplete && longest <= 1)) throw damaged("a set of codes is incomplete");
}

function reverse(code: number, length: number): number {
  let reversed = 0;
  for (let i = 0; i < length; i += 1) reversed |= ((code >>> i) & 1) << (length - 1 - i);
  return reversed;
}

/** The refusal of a deflate stream that cannot be unpacked. */
export function damaged(reason: string): PackagingError {
  return new PackagingError("ARCHIVE_CORRUPT", `the compressed data is damaged: ${reason}`, {
    hint: "the file was damaged, cut off or tampered with",
  });
}
