import assert from "node:assert/strict";
import { test } from "node:test";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { PackagingError } from "@countermark/packaging";
import { InflateStream } from "../../src/archive/deflate/inflate.ts";
import { bytesSource } from "../../src/archive/source.ts";

function inflate(bytes: Uint8Array): { content: Buffer; end: number | undefined } {
  const stream = new InflateStream(bytesSource(bytes), 0, bytes.length);
  const pieces: Buffer[] = [];
  for (let piece = stream.next(); piece !== undefined; piece = stream.next()) pieces.push(Buffer.from(piece));
  return { content: Buffer.concat(pieces), end: stream.end };
}

/** Text with repetitions near and far, as a seed says; neither all noise nor all alike. */
function someContent(seed: number, length: number): Buffer {
  const content = Buffer.alloc(length);
  let state = seed | 1;
  const next = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  for (let at = 0; at < length;) {
    const run = Math.min(1 + next(next(4) === 0 ? 400 : 20), length - at);
    const back = at > 0 && next(3) > 0 ? 1 + next(Math.min(at, 40_000)) : 0;
    for (let i = 0; i < run; i += 1) content[at + i] = back > 0 ? (content[at + i - back] ?? 0) : next(256);
    at += run;
  }
  return content;
}

const strategies = [
  constants.Z_DEFAULT_STRATEGY,
  constants.Z_FILTERED,
  constants.Z_HUFFMAN_ONLY,
  constants.Z_RLE,
  constants.Z_FIXED,
];

test("unpacks what zlib packs, whatever its size, level, strategy and memory, and stops at its end", () => {
  const options = fc.record({
    level: fc.integer({ min: 0, max: 9 }),
    strategy: fc.constantFrom(...strategies),
    memLevel: fc.integer({ min: 1, max: 9 }),
    windowBits: fc.integer({ min: 9, max: 15 }),
  });
  const length = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 300_000 }));
  fc.assert(
    fc.property(options, fc.integer(), length, fc.uint8Array({ maxLength: 40 }), (how, seed, size, rest) => {
      const content = someContent(seed, size);
      const packed = deflateRawSync(content, how);
      const unpacked = inflate(Buffer.concat([packed, rest]));
      assert.ok(unpacked.content.equals(content));
      assert.equal(unpacked.end, packed.length);
    }),
    { numRuns: 80 },
  );
});

test("refuses and takes exactly what zlib refuses and takes", () => {
  const mutation = fc.record({ at: fc.nat(400), value: fc.integer({ min: 0, max: 255 }) });
  let refused = 0;
  fc.assert(
    fc.property(
      fc.integer(),
      fc.nat(600),
      fc.array(mutation, { maxLength: 3 }),
      fc.boolean(),
      (seed, size, mutations, fixed) => {
        const strategy = fixed ? constants.Z_FIXED : constants.Z_DEFAULT_STRATEGY;
        const packed = deflateRawSync(someContent(seed, size), { strategy });
        for (const { at, value } of mutations) packed[at % packed.length] = value;
        const expected = attempt(() => inflateRawSync(packed));
        const actual = attempt(() => inflate(packed).content);
        if (expected === undefined) refused += 1;
        assert.equal(actual === undefined, expected === undefined);
        if (actual !== undefined && expected !== undefined) assert.ok(actual.equals(expected));
      },
    ),
    { numRuns: 1500 },
  );
  assert.ok(refused > 150, "the mutations must matter");
});

test("refuses arbitrary bytes as zlib does", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      assert.equal(
        attempt(() => inflate(bytes).content) === undefined,
        attempt(() => inflateRawSync(bytes)) === undefined,
      );
    }),
    { numRuns: 2000 },
  );
});

function attempt(unpack: () => Buffer): Buffer | undefined {
  try {
    return unpack();
  } catch (error) {
    if (error instanceof PackagingError) assert.match(error.code, /^ARCHIVE_(CORRUPT|TRUNCATED)$/);
    else assert.match(String((error as { code?: unknown }).code), /^Z_/);
    return undefined;
  }
}

test("every cut-off stream is refused", () => {
  const packed = deflateRawSync(someContent(7, 2000));
  for (let length = 0; length < packed.length; length += 1) {
    assert.throws(() => inflate(packed.subarray(0, length)), { code: /^ARCHIVE_(TRUNCATED|CORRUPT)$/ });
  }
});

test("reads and gives out in small pieces, however large the stream", () => {
  const packed = deflateRawSync(Buffer.alloc(30_000_000));
  let longestRead = 0;
  const source = {
    size: packed.length,
    read: (offset: number, length: number) => {
      longestRead = Math.max(longestRead, length);
      return packed.subarray(offset, offset + length);
    },
  };
  const stream = new InflateStream(source, 0, packed.length);
  let total = 0;
  let longestPiece = 0;
  for (let piece = stream.next(); piece !== undefined; piece = stream.next()) {
    total += piece.length;
    longestPiece = Math.max(longestPiece, piece.length);
  }
  assert.equal(total, 30_000_000);
  assert.ok(longestRead <= 64 * 1024);
  assert.ok(longestPiece <= 100 * 1024);
});
