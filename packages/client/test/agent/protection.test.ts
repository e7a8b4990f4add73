import assert from "node:assert/strict";
import { test } from "node:test";
import { ProtectionCount } from "../../src/agent/protection.ts";

test("the closing line counts what somebody beside the index vouches for, and names the rest", () => {
  const count = new ProtectionCount();
  assert.equal(count.line, undefined);
  count.add("one", "one-1.0.tar.gz", "claimed");
  count.add("one", "one-1.0.tar.gz", "claimed");
  count.add("two", "two-1.0.tar.gz", "sealed");
  assert.equal(count.line, "2 of 2 files claimed or sealed");
  count.add("zed", "zed-1.0.tar.gz", "unclaimed");
  count.add("abc", "abc-1.0.tar.gz", "unclaimed");
  assert.equal(count.line, "2 of 4 files claimed or sealed; left to the index alone: abc, zed");
});

test("a recent claim counts as no protection, and is told apart from a project that nobody signs for", () => {
  const count = new ProtectionCount();
  count.add("new", "new-1.0.tar.gz", "recently-claimed");
  assert.equal(
    count.line,
    "0 of 1 files claimed or sealed; recently claimed, the claim itself on the index's word: new",
  );
  count.add("none", "none-1.0.tar.gz", "unclaimed");
  assert.match(count.line, /on the index's word: new; left to the index alone: none$/);
});

test("of many names ten are spelled out", () => {
  const count = new ProtectionCount();
  for (let at = 10; at < 22; at += 1) count.add(`p${at}`, `p${at}.tar.gz`, "unclaimed");
  assert.match(count.line ?? "", /alone: p10, p11, p12, p13, p14, p15, p16, p17, p18, p19 and 2 more$/);
});
