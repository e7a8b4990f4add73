import assert from "node:assert/strict";
import { test } from "node:test";
import { dollars } from "../../src/prompt/passphrase.ts";

test("what guessing costs is said in numbers that people can grasp", () => {
  assert.equal(dollars(0.4), "$0.4");
  assert.equal(dollars(3436), "$3,400");
  assert.equal(dollars(2_200_000), "$2.2 million");
  assert.equal(dollars(1.8e9), "$1.8 thousand million");
  assert.equal(dollars(8.6e19), "$86 million million million");
});
