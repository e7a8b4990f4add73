import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJson, readTargets, TufError } from "@countermark/tuf";
import { utf8 } from "./support/repository.ts";

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof TufError) return error.message;
  }
  return assert.fail("not refused");
}

for (const [name, shown] of [
  ["p.project", "p.project"],
  ["two words", '"two words"'],
  ["a\nerror: b", '"a\\nerror: b"'],
  ["\u001b[2J", '"\\u001b[2J"'],
  ["\u009b2J", '"\\u009b2J"'],
  ["\u202egpj", '"\\u202egpj"'],
  ['"', '"\\""'],
  ["x".repeat(81), `"${"x".repeat(80)}\\u2026"`],
] as const) {
  test(`a message shows the foreign name ${JSON.stringify(name)} in one line of printable ASCII`, () => {
    const quoted = JSON.stringify(name);
    const message = messageOf(() => parseJson(utf8(`{${quoted}:1,${quoted}:2}`)));
    assert.ok(message.includes(`the name ${shown} stands twice`), message);
    assert.match(message, /^[ -~]+$/);
  });
}

test("so do messages about members and values", () => {
  const message = messageOf(() => readTargets(utf8('{"signed":{"_type":"\\u001b]0;x\\u0007"}}')));
  assert.equal(message, '_type is "\\u001b]0;x\\u0007", not targets (byte 37)');
});
