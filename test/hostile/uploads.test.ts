/*
 * Uploads as tools send them, changed on every level from the archive to the request, against a running index over sockets:
 * each is taken or refused with a documented code, the index never fails, and stays sound. `run.ts` does it for minutes.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Scope } from "../harness/scope.ts";
import { Bombardment, seedsFrom } from "./bombardment.ts";
import { HostileIndex } from "./hostile-index.ts";

const scope = new Scope();
after(() => scope.end());
const SEED = 20_140_513;
const UPLOADS = 400;
/** More kinds of outcome than these, or the changes are too coarse to reach anything. */
const LEAST_OUTCOMES = 12;

test("changed uploads are taken or refused with a code; the index fails at nothing and stays sound", async (t) => {
  const index = await HostileIndex.open(scope, 8 * 60_000);
  const bombardment = new Bombardment(index);
  await bombardment.run(seedsFrom(SEED, UPLOADS));
  const outcomes = [...bombardment.outcomes].sort(([, a], [, b]) => b - a);
  t.diagnostic(outcomes.map(([outcome, count]) => `${outcome} ${count}`).join(", "));
  assert.equal(bombardment.sent, UPLOADS);
  assert.ok((bombardment.outcomes.get("200") ?? 0) > UPLOADS / 30, "some must still be taken");
  assert.ok(outcomes.length > LEAST_OUTCOMES, `only ${outcomes.length} kinds of outcome`);
  await index.requireSound();
});
