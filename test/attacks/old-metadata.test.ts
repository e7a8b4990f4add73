/*
 * Attacks with time: the mirror keeps a copy of what the index once said and shows it later, wholly or in part, to hide a
 * security release. The controls install the version before it without a word.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { clockShiftedBy, DAY_MS } from "../harness/clock.ts";
import { importing, newPip, uvPip } from "../harness/installers.ts";
import { allOf, replaceAnswer, type Recording } from "../harness/mirror/attacks.ts";
import { Scope } from "../harness/scope.ts";
import { attackIsRefused, attackSucceeds, openLab, type User } from "./mirror-lab.ts";

const scope = new Scope();
after(() => scope.end());
const lab = await openLab(scope);
let newest = "alphapkg 1.0";

/** A mirror that has recorded everything before the newest release, and a user who used it then. */
async function beforeAndAfterRelease(name: string): Promise<{ user: User; recording: Recording; before: string }> {
  const user = await lab.user(name);
  const { recording } = user;
  const before = newest;
  for (const installer of [newPip, uvPip]) {
    await attackSucceeds(lab, user, installer, { says: before });
    const verified = await user.verified(installer, ["alphapkg"]);
    assert.equal(verified.code, 0, verified.output);
  }
  newest = await lab.release();
  return { user, recording, before };
}

async function installsNewest(user: User): Promise<void> {
  const verified = await user.verified(newPip, ["alphapkg"]);
  assert.equal(verified.code, 0, verified.output);
  assert.equal(await importing(lab.sandbox, verified.target, "alphapkg"), newest);
}

const PAGES = /^\/simple\//;

test("an old timestamp is replayed to somebody who has seen a newer one", async () => {
  const { user, recording, before } = await beforeAndAfterRelease("rollback");
  user.mirror.attackWith((request, upstream) => upstream(request));
  await installsNewest(user);
  user.mirror.attackWith(allOf(recording.replay(PAGES), recording.replay(/\/timestamp\.json$/)));
  for (const installer of [newPip, uvPip]) {
    await attackSucceeds(lab, user, installer, { says: before });
    await attackIsRefused(user, installer, /METADATA_ROLLBACK/);
  }
});

test("an old state is shown for longer than its timestamp is valid", async () => {
  const { user, recording, before } = await beforeAndAfterRelease("freeze");
  user.mirror.attackWith(allOf(recording.replay(PAGES), recording.replay(/\/timestamp\.json$/)));
  await attackSucceeds(lab, user, newPip, { says: before });
  // Who has never seen the newer state cannot know of it, until the timestamp has expired: the promise's limit.
  const unknowing = await user.verified(newPip, ["alphapkg"]);
  assert.equal(unknowing.code, 0, unknowing.output);
  assert.equal(await importing(lab.sandbox, unknowing.target, "alphapkg"), before);
  for (const installer of [newPip, uvPip]) {
    await attackIsRefused(user, installer, /METADATA_EXPIRED/, { settings: clockShiftedBy(4 * DAY_MS) });
  }
});

test("an old snapshot is shown under a new timestamp", async () => {
  const { user, recording, before } = await beforeAndAfterRelease("mix-and-match");
  const old = recording.latest(/\.snapshot\.json$/);
  user.mirror.attackWith(allOf(recording.replay(PAGES), replaceAnswer(/\.snapshot\.json$/, old)));
  await attackSucceeds(lab, user, newPip, { says: before });
  await attackIsRefused(user, newPip, /METADATA_(ROLLBACK|MISMATCH)/);
});

test("an old bin is shown under a new snapshot", async () => {
  const { user, recording, before } = await beforeAndAfterRelease("old-bin");
  const old = recording.latest(/\.unclaimed\.[0-9a-f]+\.json$/);
  user.mirror.attackWith(allOf(recording.replay(PAGES), replaceAnswer(/\.unclaimed\.[0-9a-f]+\.json$/, old)));
  await attackSucceeds(lab, user, newPip, { says: before });
  await attackIsRefused(user, newPip, /METADATA_(ROLLBACK|MISMATCH)/);
});

test("a clock that was turned back does not make an expired state fresh", async () => {
  const { user } = await beforeAndAfterRelease("clock");
  user.mirror.attackWith((request, upstream) => upstream(request));
  await installsNewest(user);
  await attackIsRefused(user, newPip, /CLOCK_BEHIND/, { settings: clockShiftedBy(-DAY_MS) });
});
