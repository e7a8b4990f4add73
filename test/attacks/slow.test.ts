/*
 * Slow retrieval: the mirror takes the request and never answers, or drop by drop. The agent gives up by itself and says
 * what happened; the control reads on for as long as it is let.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { newPip } from "../harness/installers.ts";
import { dripping, stalling } from "../harness/mirror/attacks.ts";
import type { Attack } from "../harness/mirror/mirror.ts";
import { Scope } from "../harness/scope.ts";
import { attackIsRefused, openLab } from "./mirror-lab.ts";

const scope = new Scope();
after(() => scope.end());
const lab = await openLab(scope);
/** Half a minute for a small file, and some time for everything else. */
const PATIENCE_MS = 75_000;

const attacks: Readonly<Record<string, Attack>> = {
  "the timestamp never comes": stalling(/\/timestamp\.json$/),
  "the timestamp comes drop by drop": dripping(/\/timestamp\.json$/),
  "a bin comes drop by drop": dripping(/\.unclaimed\.[0-9a-f]+\.json$/),
  "a file comes drop by drop": dripping(/\/([0-9a-f]{64}\.)?alphapkg-1\.0-py3-none-any\.whl$/),
};

test("slow mirrors", { concurrency: true }, async (t) => {
  const running = Object.entries(attacks).map(([what, attack]) =>
    t.test(what, async () => {
      const user = await lab.user(what);
      user.mirror.attackWith(attack);
      await attackIsRefused(user, newPip, /INDEX_UNREACHABLE/, { timeoutMs: PATIENCE_MS });
    }),
  );
  const control = t.test("control: plain pip reads a page that comes drop by drop", async () => {
    const user = await lab.user("control");
    user.mirror.attackWith(dripping(/^\/simple\/alphapkg\/$/));
    const [program = "", ...args] = newPip.command(`${lab.sandbox.folder}/slow`, ["alphapkg"]);
    const settings = { ...user.settings, ...newPip.plain(user.mirror.url) };
    const reading = await lab.sandbox.run(program, args, { settings, timeoutMs: 20_000 });
    assert.match(reading.stderr, /ended by the test/);
  });
  await Promise.all([...running, control]);
});
