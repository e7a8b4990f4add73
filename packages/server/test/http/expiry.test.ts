import assert from "node:assert/strict";
import { test } from "node:test";
import { expiries, expiryWarnings } from "../../src/health/expiry.ts";
import { DAY, makeRepository, NOW } from "../fixtures.ts";

const { publication } = await makeRepository();
const first = expiries(publication.roles);

test("the first end of each kind of role", () => {
  assert.deepEqual(
    [...first].sort(),
    [
      ["offline", NOW + 360 * DAY],
      ["online", NOW + 14 * DAY],
      ["root", NOW + 365 * DAY],
      ["snapshot", NOW + 14 * DAY],
      ["timestamp", NOW + 3 * DAY],
    ].sort(),
  );
});

test("warnings at 90, 30 and 7 days, and when it is over", () => {
  const offline = (daysLeft: number) =>
    expiryWarnings(first, NOW + (360 - daysLeft) * DAY).find(({ kind }) => kind === "offline")?.threshold;
  assert.deepEqual([91, 90, 31, 30, 8, 7, 1, 0, -1].map(offline), [undefined, 90, 90, 30, 30, 7, 7, 0, 0]);
});
