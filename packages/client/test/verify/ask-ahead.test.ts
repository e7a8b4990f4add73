import assert from "node:assert/strict";
import { test } from "node:test";
import { askAhead } from "../../src/verify/fetch/ask-ahead.ts";
import { limitsFor } from "../../src/verify/fetch/limits.ts";

const LIMITS = limitsFor(1000);

/** A source whose answers the test gives, in the order in which it was asked. */
function scripted(answers: Readonly<Record<string, readonly (string | undefined)[]>>) {
  const asked: string[] = [];
  const bytes = (path: string): Promise<Uint8Array | undefined> => {
    const answer = answers[path]?.[asked.filter((one) => one === path).length];
    asked.push(path);
    return answer === "out"
      ? Promise.reject(new Error("out"))
      : Promise.resolve(answer === undefined ? undefined : Buffer.from(answer));
  };
  return { asked, source: askAhead({ bytes }, "timestamp", LIMITS) };
}

test("the file is asked for at once, and once, where nothing was there before it", async () => {
  const { asked, source } = scripted({ timestamp: ["1", "2"] });
  assert.deepEqual(asked, ["timestamp"]);
  assert.equal(await source.bytes("2.root", LIMITS), undefined);
  assert.deepEqual(await source.bytes("timestamp", LIMITS), Buffer.from("1"));
  assert.deepEqual(asked, ["timestamp", "2.root"]);
  assert.deepEqual(await source.bytes("timestamp", LIMITS), Buffer.from("2"), "a second time it is asked for anew");
});

test("behind a new root it is asked for anew: keys may have turned between the two", async () => {
  const { asked, source } = scripted({ timestamp: ["old", "new"], "2.root": ["root"] });
  await source.bytes("2.root", LIMITS);
  assert.equal(await source.bytes("3.root", LIMITS), undefined);
  assert.deepEqual(await source.bytes("timestamp", LIMITS), Buffer.from("new"));
  assert.deepEqual(asked, ["timestamp", "2.root", "3.root", "timestamp"]);
});

test("what fails ahead is thrown where it is asked for, and nowhere else", async () => {
  const { source } = scripted({ timestamp: ["out"] });
  assert.equal(await source.bytes("2.root", LIMITS), undefined);
  await assert.rejects(source.bytes("timestamp", LIMITS), /out/);
});
