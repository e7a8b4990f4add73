/*
 * Attacks with metadata of the attacker's own: unsigned, signed with other keys, or endless. The mirror's pages fit the
 * forged metadata, so that the controls install what the attacker wants.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { newPip, uvPip } from "../harness/installers.ts";
import { addFile, addToBins, allOf, endless, replaceAnswer } from "../harness/mirror/attacks.ts";
import { Scope } from "../harness/scope.ts";
import { forgeChain, withoutSignatures } from "./forged-chain.ts";
import { attackersWheel, attackIsRefused, attackSucceeds, openLab, type User } from "./mirror-lab.ts";

const scope = new Scope();
after(() => scope.end());
const lab = await openLab(scope);
const wheel = attackersWheel("alphapkg", "999");
const onPages = addFile("alphapkg", "999", wheel);

const ROLES: Readonly<Record<string, RegExp>> = {
  timestamp: /\/timestamp\.json$/,
  snapshot: /\.snapshot\.json$/,
  targets: /\/\d+\.targets\.json$/,
  unclaimed: /\.unclaimed\.json$/,
  "a bin": /\.unclaimed\.[0-9a-f]+\.json$/,
};

for (const [role, path] of Object.entries(ROLES)) {
  test(`${role} comes without signatures`, async () => {
    const user = await lab.newcomer(`unsigned-${role}`);
    user.mirror.attackWith(allOf(onPages, withoutSignatures(path)));
    await attackSucceeds(lab, user, newPip);
    await isRefusedSomewhere(user, /METADATA_(SIGNATURE|MISMATCH)/);
  });
}

for (const installer of [newPip, uvPip]) {
  test(`${installer.name}: a whole consistent chain is signed with the attacker's keys`, async () => {
    const user = await lab.user(`forged-${installer.name}`);
    user.mirror.attackWith(allOf(onPages, addToBins("alphapkg", wheel), await forgeChain(lab.index.url)));
    await attackSucceeds(lab, user, installer);
    await attackIsRefused(user, installer, /METADATA_SIGNATURE/);
  });
}

const NEVER_ENDING: Readonly<Record<string, RegExp>> = {
  ...ROLES,
  "the next root": /\/2\.root\.json$/,
  "a file": /\/([0-9a-f]{64}\.)?alphapkg-1\.0-py3-none-any\.whl$/,
};

test("control: plain pip reads a page that never ends for as long as it is let", async () => {
  const user = await lab.user("endless-control");
  user.mirror.attackWith(endless(/^\/simple\/alphapkg\/$/));
  const settings = { ...user.settings, ...newPip.plain(user.mirror.url) };
  const [program = "", ...args] = newPip.command(`${lab.sandbox.folder}/endless`, ["alphapkg"]);
  const control = await lab.sandbox.run(program, args, { settings, timeoutMs: 4_000 });
  assert.match(control.stderr, /ended by the test/);
});

for (const [what, path] of Object.entries(NEVER_ENDING)) {
  test(`${what} never ends`, async () => {
    const user = await lab.newcomer(`endless-${what}`);
    user.mirror.attackWith(endless(path));
    await isRefusedSomewhere(user, /INDEX_OVERSIZED|METADATA_MISMATCH|FILE_MISMATCH/);
  });
}

/** Somebody new is stopped when they pin the index or, by what is read only then, when they install. */
async function isRefusedSomewhere(user: User, reason: RegExp): Promise<void> {
  const pinned = await user.pin();
  if (pinned.code === 0) return attackIsRefused(user, newPip, reason, { timeoutMs: 60_000 });
  assert.match(pinned.stderr, reason);
}

test("a root of the attacker's follows the pinned one", async () => {
  const user = await lab.user("root");
  const first = await (await fetch(`${lab.index.url}/tuf/1.root.json`)).json();
  const forged = { ...(first as object), signatures: [] };
  user.mirror.attackWith(replaceAnswer(/\/2\.root\.json$/, Buffer.from(JSON.stringify(forged))));
  await attackIsRefused(user, newPip, /METADATA_(SIGNATURE|ROLLBACK)/);
});
