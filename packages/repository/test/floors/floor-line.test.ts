import assert from "node:assert/strict";
import { test } from "node:test";
import { formatFloorLine, parseFloorLine, raiseFloor, type FloorLine } from "@countermark/repository";
import { refusal } from "../refusal.ts";

const hash = "ab".repeat(32);
const line: FloorLine = {
  ceremony: 2,
  root: { version: 3, sha256: hash },
  roles: new Map([
    ["targets", 2],
    ["claimed", 4],
    ["sealed", 1],
    ["p.flask", 3],
    ["r.flask", 41],
  ]),
};
const text = formatFloorLine(line);

test("a floor line reads back as what was written", () => {
  assert.deepEqual(parseFloorLine(text), line);
  assert.deepEqual(parseFloorLine(`  ${text}\n`), line);
});

const wrong: Record<string, string> = {
  "nothing in it": "",
  "no ceremony": text.replace("ceremony=2 ", ""),
  "no root": text.replace(/root=\S+ /, ""),
  "a root without a hash": text.replace(/root=\S+/, "root=3"),
  "a role left out": text.replace("sealed=1", ""),
  "a role twice": `${text} r.flask=2`,
  "version 0": text.replace("claimed=4", "claimed=0"),
  "a negative version": text.replace("claimed=4", "claimed=-4"),
  "a version that is no number": text.replace("claimed=4", "claimed=4.0"),
  "a version beyond what a number holds": text.replace("claimed=4", "claimed=9007199254740993"),
  "a role of the index's own": `${text} snapshot=7`,
  "a shard": `${text} claimed.3f=7`,
  "a prototype name": `${text} __proto__=7`,
  "a word without a value": `${text} and`,
  "no end": `${text} ${"p.a=1 ".repeat(2000)}`,
};
for (const [what, bad] of Object.entries(wrong)) {
  test(`a floor line with ${what} is refused`, () => assert.throws(() => parseFloorLine(bad), refusal("FLOOR_LINE")));
}

test("the highest of two floors wins, role by role", () => {
  const other = {
    ...line,
    ceremony: 1,
    roles: new Map([
      ["targets", 9],
      ["claimed", 1],
      ["sealed", 1],
      ["p.rich", 5],
    ]),
  };
  const raised = raiseFloor(line, other);
  assert.equal(raised.ceremony, 2);
  assert.deepEqual(Object.fromEntries(raised.roles), {
    targets: 9,
    claimed: 4,
    sealed: 1,
    "p.flask": 3,
    "r.flask": 41,
    "p.rich": 5,
  });
  assert.equal(raiseFloor(line, { ...line, root: { version: 4, sha256: "cd".repeat(32) } }).root.version, 4);
});

test("two floors that name different roots of one version contradict each other", () => {
  const other = { ...line, root: { version: 3, sha256: "cd".repeat(32) } };
  assert.throws(() => raiseFloor(line, other), refusal("FLOOR_LINE"));
});
