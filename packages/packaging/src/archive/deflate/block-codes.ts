import type { BitInput } from "./bit-input.ts";
import { buildPrefixCode, damaged, decodeLong, LOOKUP_BITS, type PrefixCode } from "./huffman.ts";

/** The two codes of a compressed block. */
export interface BlockCodes {
  readonly literals: PrefixCode;
  readonly distances: PrefixCode;
}

const LENGTH_CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const MAX_LITERALS = 286;
const MAX_DISTANCES = 30;
const END_OF_BLOCK = 256;

/** RFC 1951, 3.2.6. */
export const FIXED_CODES: BlockCodes = {
  literals: buildPrefixCode(
    Uint8Array.from({ length: 288 }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8)),
    { mayBeIncomplete: false },
  ),
  distances: buildPrefixCode(new Uint8Array(32).fill(5), { mayBeIncomplete: false }),
};

/** Reads the codes of a block (RFC 1951, 3.2.7). */
export function readDynamicCodes(input: BitInput): BlockCodes {
  const literals = input.take(5) + 257;
  const distances = input.take(5) + 1;
  const codes = input.take(4) + 4;
  if (literals > MAX_LITERALS || distances > MAX_DISTANCES) throw damaged("a block has too many codes");
  const order = new Uint8Array(LENGTH_CODE_ORDER.length);
  for (const symbol of LENGTH_CODE_ORDER.slice(0, codes)) order[symbol] = input.take(3);
  const lengths = readLengths(input, buildPrefixCode(order, { mayBeIncomplete: false }), literals + distances);
  if (lengths[END_OF_BLOCK] === 0) throw damaged("a block has no end");
  return {
    literals: buildPrefixCode(lengths.subarray(0, literals), { mayBeIncomplete: true }),
    distances: buildPrefixCode(lengths.subarray(literals), { mayBeIncomplete: true }),
  };
}

function readLengths(input: BitInput, code: PrefixCode, count: number): Uint8Array {
  const lengths = new Uint8Array(count);
  for (let at = 0; at < count;) {
    const symbol = decode(input, code);
    if (symbol < 16) {
      lengths[at] = symbol;
      at += 1;
      continue;
    }
    if (symbol === 16 && at === 0) throw damaged("a block repeats a code length that is not there");
    const repeated = symbol === 16 ? (lengths[at - 1] ?? 0) : 0;
    const times = symbol === 16 ? 3 + input.take(2) : symbol === 17 ? 3 + input.take(3) : 11 + input.take(7);
    if (at + times > count) throw damaged("a block has too many code lengths");
    lengths.fill(repeated, at, at + times);
    at += times;
  }
  return lengths;
}

function decode(input: BitInput, code: PrefixCode): number {
  input.require();
  const found = code.lookup[input.bits & ((1 << LOOKUP_BITS) - 1)] ?? 0;
  const entry = found === 0 ? decodeLong(code, input.bits) : found;
  if (entry === 0) throw damaged("a code is not in its set");
  input.drop(entry & 15);
  return entry >>> 4;
}
