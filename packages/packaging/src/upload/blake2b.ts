/** BLAKE2b (RFC 7693) with 32 bytes of digest: what upload forms call `blake2_256_digest`. Node has 64 bytes only. */
export class Blake2b256 {
  readonly #state = new Uint32Array(16);
  readonly #block = new Uint8Array(BLOCK_BYTES);
  #filled = 0;
  #length = 0;

  constructor() {
    this.#state.set(INITIAL);
    // Parameter block (RFC 7693, 2.5): digest length, no key, fanout and depth 1.
    this.#state[0] = (INITIAL[0] ?? 0) ^ 0x01010000 ^ DIGEST_BYTES;
  }

  update(bytes: Uint8Array): this {
    for (let at = 0; at < bytes.length;) {
      // The last block is compressed by `digest`, which alone knows that it is the last.
      if (this.#filled === BLOCK_BYTES) this.#flush(false);
      const part = bytes.subarray(at, at + BLOCK_BYTES - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
    }
    return this;
  }

  /** Lower-case hex. May be called once. */
  digest(): string {
    this.#block.fill(0, this.#filled);
    this.#flush(true);
    let hex = "";
    // Words are stored low byte first.
    for (let at = 0; at < DIGEST_BYTES; at += 1) {
      const byte = ((this.#state[at >> 2] ?? 0) >>> (8 * (at & 3))) & 0xff;
      hex += byte.toString(16).padStart(2, "0");
    }
    return hex;
  }

  #flush(isLast: boolean): void {
    this.#length += this.#filled;
    this.#filled = 0;
    compress(this.#state, this.#block, this.#length, isLast);
  }
}

const BLOCK_BYTES = 128;
const DIGEST_BYTES = 32;
const ROUNDS = 12;

/** SHA-512's initial values, low word first (RFC 7693, 2.6). */
const INITIAL = Uint32Array.of(
  ...[0xf3bcc908, 0x6a09e667, 0x84caa73b, 0xbb67ae85, 0xfe94f82b, 0x3c6ef372, 0x5f1d36f1, 0xa54ff53a],
  ...[0xade682d1, 0x510e527f, 0x2b3e6c1f, 0x9b05688c, 0xfb41bd6b, 0x1f83d9ab, 0x137e2179, 0x5be0cd19],
);

/** Which word of the message goes where (RFC 7693, 2.7). */
const SIGMA = Uint8Array.of(
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  ...[14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
  ...[11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
  ...[7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
  ...[9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
  ...[2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
  ...[12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
  ...[13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
  ...[6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
  ...[10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
);

/** The four columns, then the four diagonals: indices into the sixteen 64-bit words. */
const MIXES = Uint8Array.of(
  ...[0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
  ...[0, 5, 10, 15, 1, 6, 11, 12, 2, 7, 8, 13, 3, 4, 9, 14],
);

const work = new Uint32Array(32);
const message = new Uint32Array(32);

function compress(state: Uint32Array, block: Uint8Array, length: number, isLast: boolean): void {
  const view = new DataView(block.buffer);
  for (let word = 0; word < 32; word += 1) message[word] = view.getUint32(word * 4, true);
  work.set(state);
  work.set(INITIAL, 16);
  work[24] = at(work, 24) ^ length;
  work[25] = at(work, 25) ^ Math.floor(length / 2 ** 32);
  if (isLast) {
    work[28] = ~at(work, 28);
    work[29] = ~at(work, 29);
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    const sigma = (round % 10) * 16;
    for (let mixing = 0; mixing < 8; mixing += 1) {
      const words = sigma + 2 * mixing;
      mix(mixing * 4, 2 * at(SIGMA, words), 2 * at(SIGMA, words + 1));
    }
  }
  for (let word = 0; word < 16; word += 1) state[word] = at(state, word) ^ at(work, word) ^ at(work, word + 16);
}

function at(words: Uint32Array | Uint8Array, index: number): number {
  return words[index] ?? 0;
}

/** G of RFC 7693, 3.1, over 64-bit words in halves. Written out: this is where all the time goes. */
function mix(indices: number, x: number, y: number): void {
  const a = 2 * at(MIXES, indices);
  const b = 2 * at(MIXES, indices + 1);
  const c = 2 * at(MIXES, indices + 2);
  const d = 2 * at(MIXES, indices + 3);
  let aLow = at(work, a);
  let aHigh = at(work, a + 1);
  let bLow = at(work, b);
  let bHigh = at(work, b + 1);
  let cLow = at(work, c);
  let cHigh = at(work, c + 1);
  let dLow = at(work, d);
  let dHigh = at(work, d + 1);

  let sum = aLow + bLow + at(message, x);
  aLow = sum >>> 0;
  aHigh = (aHigh + bHigh + at(message, x + 1) + carry(sum)) >>> 0;
  let low = dLow ^ aLow;
  let high = dHigh ^ aHigh;
  dLow = high >>> 0;
  dHigh = low >>> 0;
  sum = cLow + dLow;
  cLow = sum >>> 0;
  cHigh = (cHigh + dHigh + carry(sum)) >>> 0;
  low = bLow ^ cLow;
  high = bHigh ^ cHigh;
  bLow = ((low >>> 24) | (high << 8)) >>> 0;
  bHigh = ((high >>> 24) | (low << 8)) >>> 0;

  sum = aLow + bLow + at(message, y);
  aLow = sum >>> 0;
  aHigh = (aHigh + bHigh + at(message, y + 1) + carry(sum)) >>> 0;
  low = dLow ^ aLow;
  high = dHigh ^ aHigh;
  dLow = ((low >>> 16) | (high << 16)) >>> 0;
  dHigh = ((high >>> 16) | (low << 16)) >>> 0;
  sum = cLow + dLow;
  cLow = sum >>> 0;
  cHigh = (cHigh + dHigh + carry(sum)) >>> 0;
  low = bLow ^ cLow;
  high = bHigh ^ cHigh;

  work[a] = aLow;
  work[a + 1] = aHigh;
  work[b] = (low << 1) | (high >>> 31);
  work[b + 1] = (high << 1) | (low >>> 31);
  work[c] = cLow;
  work[c + 1] = cHigh;
  work[d] = dLow;
  work[d + 1] = dHigh;
}

/** What a sum of at most three low halves carries over. */
function carry(sum: number): number {
  return sum >= 0x200000000 ? 2 : sum >= 0x100000000 ? 1 : 0;
}
