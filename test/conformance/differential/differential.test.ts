import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Case, Verdict } from "./case.ts";
import { compare, type Difference } from "./compare.ts";
import { caseOf } from "./generate/case-of.ts";
import { makeKeyPool } from "./generate/key-pool.ts";
import { ours } from "./judges/ours.ts";
import { PEERS } from "./judges/peers.ts";
import { KNOWN_DIFFERENCES } from "./known-differences.ts";

/** The same cases in every run, so that a change is to blame when one fails. Others are for `run.ts --seed`. */
const CASES = 500;
const FIRST_SEED = 1;

describe("whatever ours accepts, the other TUF clients accept and read alike", () => {
  let cases: Case[] = [];
  let own: readonly Verdict[] = [];

  before(async () => {
    const pool = makeKeyPool();
    cases = Array.from({ length: CASES }, (_, n) => caseOf(FIRST_SEED + n, pool));
    own = await ours.judge(cases);
  });

  for (const [name, setUp] of PEERS) {
    test(name, async (t) => {
      const judge = await setUp((line) => t.diagnostic(line));
      if ("missing" in judge) {
        t.skip(`${name} is missing: ${judge.missing}`);
        return;
      }
      const found = compare(name, cases, own, await judge.judge(cases));
      t.diagnostic(`${CASES} cases, seeds from ${FIRST_SEED}`);
      t.diagnostic(`${found.agreed.steps} steps and ${found.agreed.lookUps} look-ups agree`);
      for (const [{ reason }, count] of found.known) t.diagnostic(`${count} known differences: ${reason}`);
      t.diagnostic(`ours alone refused ${[...found.stricter.values()].reduce((sum, count) => sum + count, 0)} times`);
      assert.deepEqual(found.differences.map(described), []);
      // Cases that nobody accepts would prove nothing.
      assert.ok(found.agreed.steps > cases.length && found.bothRefused > 0);
    });
  }
});

test("a peer that refuses what ours accepts is a difference, and so is one that reads something else", () => {
  const asked: Case = { id: "made up", tags: [], now: 0, steps: [{ op: "open", bytes: Buffer.alloc(0) }], lookUps: [] };
  const verdict = (step: Verdict["steps"][number]): Verdict => ({ steps: [step], lookUps: [] });
  const differences = (ours: Verdict, theirs: Verdict): number =>
    compare("peer", [asked], [ours], [theirs]).differences.length;
  const [read, other, refused] = [verdict({ read: 1 }), verdict({ read: 2 }), verdict({ refused: "why" })];
  assert.equal(differences(read, read), 0);
  assert.equal(differences(read, refused), 1);
  assert.equal(differences(read, other), 1);
  assert.equal(differences(refused, read), 0);
  assert.equal(differences(refused, refused), 0);
});

test("known differences name a peer and are not without limits", () => {
  for (const { peer, tag, place, detail, reason } of KNOWN_DIFFERENCES) {
    assert.ok(PEERS.has(peer), peer);
    assert.ok(tag !== undefined || place !== undefined || detail !== undefined, reason);
  }
});

function described({ case: asked, place, detail }: Difference): string {
  return `${asked.id}, ${place}: ${detail} [${asked.tags.join("; ")}]`;
}
