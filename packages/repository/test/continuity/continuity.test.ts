import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeChange, type Judgement, type KnownProject, type Protection } from "@countermark/repository";

const alice = { keys: ["a1".repeat(32)], threshold: 1 };
const mallory = { keys: ["ee".repeat(32)], threshold: 1 };
const file = new Map([["flask-1.0.tar.gz", "ab".repeat(32)]]);
const known = (protection: Protection, more: Partial<KnownProject> = {}): KnownProject => ({
  protection,
  epoch: 0,
  files: new Map(),
  ...(protection.endsWith("claimed") && protection !== "unclaimed" && { owners: alice }),
  ...more,
});
const verdict = (before: KnownProject, after: KnownProject): Judgement["verdict"] =>
  judgeChange("flask", before, after).verdict;

/** TRUST's table of state changes, as an installer that knew the old state takes them. */
const table: [Protection, Protection, Judgement["verdict"]][] = [
  ["unclaimed", "unclaimed", "same"],
  ["unclaimed", "recently-claimed", "note"],
  ["unclaimed", "claimed", "note"],
  ["unclaimed", "sealed", "note"],
  ["recently-claimed", "recently-claimed", "same"],
  ["recently-claimed", "claimed", "same"],
  ["recently-claimed", "unclaimed", "refuse"],
  ["recently-claimed", "sealed", "refuse"],
  ["sealed", "sealed", "same"],
  ["sealed", "claimed", "warn"],
  ["sealed", "unclaimed", "refuse"],
  ["sealed", "recently-claimed", "refuse"],
  ["claimed", "claimed", "same"],
  ["claimed", "sealed", "note"],
  ["claimed", "unclaimed", "refuse"],
  ["claimed", "recently-claimed", "refuse"],
];
for (const [from, to, expected] of table) {
  test(`${from} to ${to} by the same owners: ${expected}`, () =>
    assert.equal(verdict(known(from), known(to)), expected));
}

for (const protection of ["claimed", "recently-claimed"] as const) {
  test(`other owners of a ${protection} project are refused`, () => {
    assert.equal(verdict(known(protection), known(protection, { owners: mallory })), "refuse");
    const fewer = { keys: [...alice.keys, ...mallory.keys], threshold: 1 };
    assert.equal(verdict(known(protection), known(protection, { owners: fewer })), "refuse");
    assert.equal(verdict(known(protection, { owners: { ...alice, threshold: 2 } }), known(protection)), "refuse");
  });
}

test("a recent claim that becomes firm under other owners is refused", () => {
  assert.equal(verdict(known("recently-claimed"), known("claimed", { owners: mallory })), "refuse");
});

test("a recent claim may be dropped when a recovery raised the epoch, and then it is said", () => {
  assert.equal(verdict(known("recently-claimed"), known("unclaimed", { epoch: 1 })), "warn");
  assert.equal(verdict(known("claimed"), known("unclaimed", { epoch: 1 })), "refuse");
});

test("a claim on a project that had files before is warned of, with the owner's key", () => {
  const { verdict: taken, reason } = judgeChange(
    "flask",
    known("unclaimed", { files: file }),
    known("recently-claimed"),
  );
  assert.equal(taken, "warn");
  assert.match(reason, /a1a1a1a1a1a1; it had files before/);
});

for (const from of ["unclaimed", "recently-claimed", "claimed", "sealed"] as const) {
  for (const to of ["unclaimed", "recently-claimed", "claimed", "sealed"] as const) {
    test(`${from} to ${to}: a file that was installed never becomes other bytes under its name`, () => {
      const forged = new Map([["flask-1.0.tar.gz", "cd".repeat(32)]]);
      assert.equal(verdict(known(from, { files: file }), known(to, { files: forged, epoch: 1 })), "refuse");
    });
  }
}

test("a file that is no longer listed is no forgery", () => {
  assert.equal(verdict(known("claimed", { files: file }), known("claimed")), "same");
});
