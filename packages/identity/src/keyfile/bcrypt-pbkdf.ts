import { createHash } from "node:crypto";
import { Blowfish, wordsOf } from "./blowfish.ts";

const BLOCK_BYTES = 32;
const MAGIC = Buffer.from("OxychromaticBlowfishSwatDynamite", "ascii");
/** 2^6 expansions and as many encryptions, as OpenBSD's bcrypt_pbkdf fixes them. */
const EXPANSIONS = 64;

/**
 * bcrypt_pbkdf of OpenBSD, which locks OpenSSH's key files: PBKDF2 (RFC 8018, 5.2) over a hash made of bcrypt and
 * SHA-512, its blocks interleaved in the output. `passphrase` and `salt` are not empty, `rounds` and `length` are positive.
 *
 * It only ever opens files: what a mistake in it could do is to open none.
 */
export function bcryptPbkdf(passphrase: Uint8Array, salt: Uint8Array, rounds: number, length: number): Buffer {
  const output = Buffer.alloc(length);
  const key = sha512(passphrase);
  const stride = Math.ceil(length / BLOCK_BYTES);
  for (let block = 0; block < stride; block += 1) {
    const bytes = hashBlock(key, salt, rounds, block + 1);
    for (let at = 0; at * stride + block < length; at += 1) output[at * stride + block] = bytes[at] ?? 0;
    bytes.fill(0);
  }
  key.fill(0);
  return output;
}

function hashBlock(key: Uint8Array, salt: Uint8Array, rounds: number, block: number): Buffer {
  const number = Buffer.alloc(4);
  number.writeUInt32BE(block);
  let last = bcryptHash(key, sha512(Buffer.concat([salt, number])));
  const sum = Buffer.from(last);
  for (let round = 1; round < rounds; round += 1) {
    last = bcryptHash(key, sha512(last));
    for (const [at, byte] of last.entries()) sum[at] = (sum[at] ?? 0) ^ byte;
  }
  return sum;
}

function bcryptHash(key: Uint8Array, salt: Uint8Array): Buffer {
  const cipher = new Blowfish();
  cipher.expand(key, salt);
  for (let count = 0; count < EXPANSIONS; count += 1) {
    cipher.expand(salt);
    cipher.expand(key);
  }
  const words = Uint32Array.from({ length: BLOCK_BYTES / 4 }, wordsOf(MAGIC));
  for (let count = 0; count < EXPANSIONS; count += 1) cipher.encrypt(words);
  cipher.wipe();
  const output = Buffer.alloc(BLOCK_BYTES);
  for (const [at, word] of words.entries()) output.writeUInt32LE(word, at * 4);
  return output;
}

function sha512(bytes: Uint8Array): Buffer {
  return createHash("sha512").update(bytes).digest();
}
