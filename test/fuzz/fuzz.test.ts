import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TufError } from "@countermark/tuf";
import { corpusOf, Finding, Fuzzing } from "./fuzzing.ts";
import { TARGETS } from "./targets.ts";

const RUNS = 1_500;
const FRESH_SEED = Math.floor(Math.random() * 2 ** 31);

describe("parsers take changed files: a TufError, or what JSON.parse reads too", () => {
  for (const target of TARGETS) {
    test(target.name, (t) => {
      for (const seed of [1, FRESH_SEED]) {
        const fuzzing = new Fuzzing(target, seed);
        fuzzing.run(RUNS);
        t.diagnostic(`seed ${seed}: ${fuzzing.accepted} of ${RUNS} accepted, ${fuzzing.outcomes} outcomes`);
        assert.ok(fuzzing.accepted > 0, "nothing was accepted: the changes are too coarse to prove anything");
      }
    });
  }
});

test("every file of the corpus does what its name says", () => {
  for (const target of TARGETS) {
    const files = corpusOf(target);
    assert.ok(files.length > 0, target.name);
    assert.ok(
      files.some((bytes) => accepts(target.take, bytes)),
      `${target.name} accepts none of its corpus`,
    );
  }
});

test("a target that throws anything but a TufError is a finding", () => {
  const careless = {
    name: "careless",
    corpus: /root\.json$/,
    take: (bytes: Buffer) => void JSON.parse(bytes.toString()),
  };
  assert.throws(() => {
    new Fuzzing(careless, 1).run(100);
  }, Finding);
});

function accepts(take: (bytes: Buffer) => void, bytes: Buffer): boolean {
  try {
    take(bytes);
    return true;
  } catch (error) {
    if (error instanceof TufError) return false;
    throw error;
  }
}
