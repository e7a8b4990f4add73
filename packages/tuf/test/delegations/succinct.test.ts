import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { delegationKeys, delegationsFor, type Delegations } from "@countermark/tuf";

function bins(bitLength: number, namePrefix = "bin"): Delegations {
  const succinct = { bitLength, namePrefix, keyIds: ["k"], threshold: 2, unknown: new Map() };
  return { keys: new Map(), roles: new Map(), succinct, unknown: new Map() };
}

function hashOf(path: string): string {
  return createHash("sha256").update(path).digest("hex");
}

/** From python-tuf's tests of SuccinctRoles (tests/test_metadata_serialization.py and test_api.py): the names of all bins. */
for (const [bits, first, last] of [
  [1, "bin-0", "bin-1"],
  [2, "bin-0", "bin-3"],
  [5, "bin-00", "bin-1f"],
  [8, "bin-00", "bin-ff"],
  [10, "bin-000", "bin-3ff"],
  [32, "bin-00000000", "bin-ffffffff"],
] as const) {
  test(`${bits} bits: bins are named ${first} to ${last}, padded (TAP 15)`, () => {
    assert.equal(delegationKeys(bins(bits), first)?.name, first);
    assert.equal(delegationKeys(bins(bits), last)?.name, last);
  });
}

test("a bin has the keys and threshold of the declaration and ends the search", () => {
  const bin = delegationKeys(bins(8), "bin-3f");
  assert.deepEqual(bin?.keyIds, ["k"]);
  assert.equal(bin.threshold, 2);
  assert.equal(bin.terminating, true);
});

for (const name of [
  "bin",
  "bin-",
  "bin-100",
  "bin-0",
  "bin-0F",
  "bin-FF",
  "bin-+1",
  "bin-0x",
  "bins-00",
  "Bin-00",
  "xbin-00",
  "bin-00 ",
  "bin-00-00",
]) {
  test(`${name} is no bin of 8 bits`, () => {
    assert.equal(delegationKeys(bins(8), name), undefined);
  });
}

test("a bin number past the last is none, where the digits would allow it", () => {
  assert.equal(delegationKeys(bins(5), "bin-20"), undefined);
  assert.equal(delegationKeys(bins(10), "bin-400"), undefined);
});

test("a path falls into the bin of the first bits of its SHA-256, and into no other", () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 32 }), (path, bits) => {
      const [bin, ...others] = delegationsFor(bins(bits), path);
      assert.equal(others.length, 0);
      const number = Number(BigInt(`0x${hashOf(path)}`) >> BigInt(256 - bits));
      assert.equal(Number.parseInt(bin?.name.slice("bin-".length) ?? "", 16), number);
      assert.deepEqual(delegationKeys(bins(bits), bin?.name ?? ""), bin);
      assert.ok(bin?.pathHashPrefixes?.some((prefix) => hashOf(path).startsWith(prefix)));
    }),
  );
});

test("hash prefixes of all bins cover every hash once", () => {
  for (const bits of [1, 3, 5, 8]) {
    const digits = Math.ceil(bits / 4);
    const all = Array.from({ length: 2 ** bits }, (_, n) => `bin-${n.toString(16).padStart(digits, "0")}`);
    const prefixes = all.flatMap((name) => delegationKeys(bins(bits), name)?.pathHashPrefixes ?? []);
    assert.deepEqual(
      prefixes,
      Array.from({ length: 16 ** digits }, (_, n) => n.toString(16).padStart(digits, "0")),
    );
  }
});
