import { fractionOfPi } from "./pi.ts";

const ROUNDS = 16;
const SUBKEYS = ROUNDS + 2;
const BOXES = 4 * 256;

/** The state before any key: the binary digits of pi, in words of 32 bits (Schneier, "Fast Software Encryption", 1993). */
let initial: Uint32Array | undefined;

/** Blowfish with bcrypt's key schedules (Provos and Mazieres, USENIX 1999, 3). For reading key files, not for encrypting. */
export class Blowfish {
  readonly #subkeys: Uint32Array;
  readonly #boxes: Uint32Array;
  /** The halves of the block at work: two numbers instead of an array for each of the many calls. */
  #left = 0;
  #right = 0;

  constructor() {
    initial ??= digitsOfPi();
    this.#subkeys = initial.slice(0, SUBKEYS);
    this.#boxes = initial.slice(SUBKEYS);
  }

  /** ExpandKey of the paper; without a salt, zeros stand for it. */
  expand(key: Uint8Array, salt?: Uint8Array): void {
    const keyWord = wordsOf(key);
    for (let at = 0; at < SUBKEYS; at += 1) this.#subkeys[at] = (this.#subkeys[at] ?? 0) ^ keyWord();
    const saltWord = salt === undefined ? () => 0 : wordsOf(salt);
    this.#left = 0;
    this.#right = 0;
    this.#replace(this.#subkeys, saltWord);
    this.#replace(this.#boxes, saltWord);
  }

  /** Encrypts pairs of words in place. */
  encrypt(words: Uint32Array): void {
    for (let at = 0; at < words.length; at += 2) {
      this.#left = words[at] ?? 0;
      this.#right = words[at + 1] ?? 0;
      this.#encipher();
      words[at] = this.#left;
      words[at + 1] = this.#right;
    }
  }

  /** Overwrites what the keys have left behind. */
  wipe(): void {
    this.#subkeys.fill(0);
    this.#boxes.fill(0);
    this.#left = this.#right = 0;
  }

  #replace(table: Uint32Array, saltWord: () => number): void {
    for (let at = 0; at < table.length; at += 2) {
      this.#left ^= saltWord();
      this.#right ^= saltWord();
      this.#encipher();
      table[at] = this.#left;
      table[at + 1] = this.#right;
    }
  }

  #encipher(): void {
    const [p, s] = [this.#subkeys, this.#boxes];
    let left = this.#left;
    let right = this.#right;
    for (let round = 0; round < ROUNDS; round += 2) {
      left ^= p[round] ?? 0;
      right ^= feistel(s, left) ^ (p[round + 1] ?? 0);
      left ^= feistel(s, right);
    }
    this.#left = right ^ (p[ROUNDS + 1] ?? 0);
    this.#right = left ^ (p[ROUNDS] ?? 0);
  }
}

function feistel(s: Uint32Array, word: number): number {
  const sum = (s[word >>> 24] ?? 0) + (s[256 + ((word >>> 16) & 255)] ?? 0);
  return ((sum ^ (s[512 + ((word >>> 8) & 255)] ?? 0)) + (s[768 + (word & 255)] ?? 0)) | 0;
}

/** Big-endian words of bytes that are read over and over. */
export function wordsOf(bytes: Uint8Array): () => number {
  let at = 0;
  return () => {
    let word = 0;
    for (let count = 0; count < 4; count += 1) {
      word = (word << 8) | (bytes[at] ?? 0);
      at = (at + 1) % bytes.length;
    }
    return word;
  };
}

function digitsOfPi(): Uint32Array {
  const words = SUBKEYS + BOXES;
  const hex = fractionOfPi(words * 32)
    .toString(16)
    .padStart(words * 8, "0");
  return Uint32Array.from({ length: words }, (_, at) => Number.parseInt(hex.slice(at * 8, at * 8 + 8), 16));
}
