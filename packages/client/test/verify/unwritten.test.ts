import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientError } from "../../src/errors.ts";
import type { Findings } from "../../src/verify/state/trust-store.ts";
import { Unwritten } from "../../src/verify/state/unwritten.ts";

function recorder() {
  const written: Findings[] = [];
  const failures: Error[] = [];
  const remember = (_: string, findings: Findings): void => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    written.push(findings);
  };
  return { written, failures, unwritten: new Unwritten("ab", { remember }) };
}

const file = (filename: string) => ({ project: "flask", filename, sha256: "00" });

test("what several find in one turn is written once, before any of them goes on", async () => {
  const { written, unwritten } = recorder();
  const open = async (filename: string): Promise<void> => {
    unwritten.handOut(file(filename));
    await unwritten.writeTogether();
    const names = written.flatMap(({ handedOut = [] }) => handedOut.map((each) => each.filename));
    assert.ok(names.includes(filename), `${filename} was given out before it was written`);
  };
  await Promise.all(["a", "b", "c"].map(open));
  assert.equal(written.length, 1);
  await open("d");
  assert.deepEqual(
    written.map(({ handedOut }) => handedOut?.length),
    [3, 1],
  );
});

test("what cannot be written fails all who wait for it, and is tried again", async () => {
  const { written, failures, unwritten } = recorder();
  failures.push(new ClientError("DISK_FULL", "no space is left"));
  unwritten.inspect({ wheel: "w", metadata: "m" });
  const waiting = [unwritten.writeTogether(), unwritten.writeTogether()];
  for (const one of waiting) await assert.rejects(one, { code: "DISK_FULL" });
  assert.equal(written.length, 0);
  unwritten.raiseFloor("claimed", 2);
  await unwritten.writeTogether();
  assert.deepEqual(
    written.map(({ inspected, floors }) => [inspected, [...(floors ?? [])]]),
    [[[{ wheel: "w", metadata: "m" }], [["claimed", 2]]]],
  );
});
