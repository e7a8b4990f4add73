import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { bytesSource, checkDistribution, inspectDistribution, PackagingError } from "@countermark/packaging";
import { buildTar, pax } from "../archive/build-tar.ts";
import { buildWheel, FILENAME, METADATA, wheelFiles } from "../wheel/build-wheel.ts";

const source = buildWheel(wheelFiles());
const wheel = Buffer.from(source.read(0, source.size));
const tar = buildTar([
  { name: "foo-1.0/", type: "5" },
  pax([
    ["path", "foo-1.0/PKG-INFO"],
    ["mtime", "1.5"],
  ]),
  { name: "PKG-INFO", content: METADATA },
  { name: "foo-1.0/a", content: "x".repeat(700) },
  { name: "foo-1.0/b", type: "2", linkName: "a" },
]);

/** Overwrites, cuts out or repeats a piece of the bytes. */
const mutation = fc.record({
  kind: fc.constantFrom("overwrite", "delete", "repeat"),
  at: fc.nat(),
  length: fc.integer({ min: 1, max: 30 }),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 8 }),
    fc.constantFrom(
      Uint8Array.of(0),
      Uint8Array.of(0xff, 0xff, 0xff, 0xff),
      Buffer.from("PK\x05\x06"),
      Buffer.from("../"),
    ),
  ),
});
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

function mutate(bytes: Buffer, mutations: readonly Mutation[]): Buffer {
  let result = Buffer.from(bytes);
  for (const { kind, at, length, bytes: fresh } of mutations) {
    const place = at % result.length;
    if (kind === "overwrite") result.set(fresh.subarray(0, result.length - place), place);
    else if (kind === "delete") result = Buffer.concat([result.subarray(0, place), result.subarray(place + length)]);
    else result = Buffer.concat([result.subarray(0, place + length), result.subarray(place)]);
    if (result.length === 0) return result;
  }
  return result;
}

/** Nothing but a verdict may come of it; and whatever passes must say of itself what it is. */
function judge(filename: string, bytes: Uint8Array): "passed" | "refused" {
  try {
    const { distribution, problems } = checkDistribution(filename, bytesSource(bytes));
    assert.equal(distribution.project, "foo");
    assert.equal(inspectDistribution(filename, bytesSource(bytes)).version, distribution.version);
    return problems.length === 0 ? "passed" : "refused";
  } catch (error) {
    if (error instanceof PackagingError) return "refused";
    throw error;
  }
}

const mutations = fc.array(mutation, { minLength: 1, maxLength: 4 });

test("mutated wheels are refused or harmless", () => {
  assert.equal(judge(FILENAME, wheel), "passed");
  const verdicts = { passed: 0, refused: 0 };
  fc.assert(
    fc.property(mutations, (changes) => {
      verdicts[judge(FILENAME, mutate(wheel, changes))] += 1;
    }),
    { numRuns: 3000 },
  );
  assert.ok(verdicts.refused > verdicts.passed);
});

test("mutated tar archives, compressed rightly, are refused or harmless", () => {
  assert.equal(judge("foo-1.0.tar.gz", gzipSync(tar)), "passed");
  const place = fc.array(
    mutation.map((change) => ({ ...change, at: change.at % 4600 })),
    { minLength: 1, maxLength: 4 },
  );
  let refused = 0;
  fc.assert(
    fc.property(place, (changes) => {
      if (judge("foo-1.0.tar.gz", gzipSync(mutate(tar, changes), { level: 1 })) === "refused") refused += 1;
    }),
    { numRuns: 2000 },
  );
  assert.ok(refused > 500);
});

test("mutated gzip files are refused, unless the very same archive comes out of them", () => {
  const packed = gzipSync(tar);
  let refused = 0;
  fc.assert(
    fc.property(mutations, (changes) => {
      const bytes = mutate(packed, changes);
      if (judge("foo-1.0.tar.gz", bytes) === "refused") refused += 1;
      // Header times and names, spare bits at the end of a deflate stream and codes that nothing uses have no meaning.
      else assert.ok(bytes.length === packed.length && gunzipSync(bytes).equals(tar), "a changed archive passed");
    }),
    { numRuns: 2000 },
  );
  assert.ok(refused > 1000);
});

test("every single flipped bit of a wheel is refused, but for times, versions of tools and permissions", () => {
  // Stored only: a deflate stream has spare codes whose lengths change nothing that comes out.
  const stored = buildWheel(wheelFiles().set("foo/data, 1.txt", "y"));
  const plain = Buffer.from(stored.read(0, stored.size));
  const insignificant = new Set<string>();
  for (let at = 0; at < plain.length; at += 1) {
    const bytes = Buffer.from(plain);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    if (judge(FILENAME, bytes) === "passed") insignificant.add(fieldAt(plain, at));
  }
  assert.deepEqual([...insignificant].sort(), ["central", "local"]);
});

/** In which fixed part of a header an offset lies. */
function fieldAt(wheel: Buffer, at: number): string {
  for (const [signature, name, fields] of [
    [0x04034b50, "local", [4, 5, 10, 11, 12, 13]],
    [0x02014b50, "central", [4, 5, 6, 7, 12, 13, 14, 15, 36, 37, 38, 39, 40, 41]],
  ] as const) {
    for (const field of fields) {
      if (at >= field && wheel.readUInt32LE(at - field) === signature) return name;
    }
  }
  return `offset ${at}`;
}
