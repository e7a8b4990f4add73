/*
 * What a mirror, a CDN or the network can try against somebody who has pinned the index. Each attack has a control: it
 * succeeds against the same installer without the agent.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { hasModule, importing, newPip, uvPip } from "../harness/installers.ts";
import {
  addFile,
  addToBins,
  allOf,
  replaceAnswer,
  replaceBytesOnly,
  replaceFile,
  replaceMetadata,
  withhold,
} from "../harness/mirror/attacks.ts";
import { Scope } from "../harness/scope.ts";
import { attackersWheel, attackIsRefused, attackSucceeds, genuineWheel, openLab } from "./mirror-lab.ts";

const scope = new Scope();
after(() => scope.end());
const lab = await openLab(scope);

for (const installer of [newPip, uvPip]) {
  test(`${installer.name}: a wheel is replaced, and the page says so`, async () => {
    const user = await lab.user(`replaced-${installer.name}`);
    user.mirror.attackWith(replaceFile("alphapkg", attackersWheel("alphapkg", "1.0")));
    await attackSucceeds(lab, user, installer);
    await attackIsRefused(user, installer, /FILE_MISMATCH/);
  });

  test(`${installer.name}: a wheel is replaced by another of the same length`, async () => {
    const user = await lab.user(`same-length-${installer.name}`);
    user.mirror.attackWith(replaceFile("alphapkg", attackersWheel("alphapkg", "1.0", ["betapkg"])));
    assert.equal(attackersWheel("alphapkg", "1.0", ["betapkg"]).bytes.length, genuineWheel("1.0").bytes.length);
    await attackSucceeds(lab, user, installer);
    await attackIsRefused(user, installer, /FILE_MISMATCH/);
  });

  test(`${installer.name}: a version is added to the page`, async () => {
    const user = await lab.user(`page-${installer.name}`);
    user.mirror.attackWith(addFile("alphapkg", "999", attackersWheel("alphapkg", "999")));
    await attackSucceeds(lab, user, installer);
    // Pages are made from signed metadata; the mirror's are never asked for, so there is nothing to refuse.
    const verified = await user.verified(installer, ["alphapkg"]);
    assert.equal(verified.code, 0, verified.output);
    assert.equal(await importing(lab.sandbox, verified.target, "alphapkg"), "alphapkg 1.0");
    const asked = await user.verified(installer, ["alphapkg==999"]);
    assert.notEqual(asked.code, 0, asked.output);
    assert.equal(hasModule(asked.target, "alphapkg"), false);
  });

  test(`${installer.name}: a version is added to the page and to the signed bin`, async () => {
    const user = await lab.user(`bin-${installer.name}`);
    const wheel = attackersWheel("alphapkg", "999");
    user.mirror.attackWith(allOf(addFile("alphapkg", "999", wheel), addToBins("alphapkg", wheel)));
    await attackSucceeds(lab, user, installer);
    // The signed snapshot knows the bin's length and hash.
    await attackIsRefused(user, installer, /INDEX_OVERSIZED|METADATA_MISMATCH/);
  });

  test(`${installer.name}: a page is hidden, so that a second index's project of the same name is taken`, async () => {
    const user = await lab.user(`hidden-${installer.name}`);
    user.mirror.attackWith(allOf(withhold(/^\/simple\/alphapkg\/$/), withhold(/\.unclaimed\.[0-9a-f]+\.json$/)));
    const second = await lab.secondIndex();
    await attackSucceeds(lab, user, installer, { second });
    await attackIsRefused(user, installer, /INDEX_INCOMPLETE/, { second });
  });
}

test("uv pip: a file's separate metadata asks for the attacker's project", async () => {
  const user = await lab.user("metadata");
  const wheel = "alphapkg-1.0-py3-none-any.whl";
  const metadata = "Metadata-Version: 2.1\nName: alphapkg\nVersion: 1.0\nRequires-Dist: evilpkg\n";
  user.mirror.attackWith(replaceMetadata("alphapkg", wheel, Buffer.from(metadata)));
  await attackSucceeds(lab, user, uvPip, { module: "evilpkg" });
  for (const installer of [uvPip, newPip]) {
    const verified = await user.verified(installer, ["alphapkg"]);
    assert.equal(hasModule(verified.target, "evilpkg"), false, verified.output);
    // Either the metadata that was signed, or a refusal: nothing in between.
    if (verified.code === 0) assert.equal(hasModule(verified.target, "betapkg"), true);
    else assert.match(verified.stderr, /FILE_(METADATA|MISMATCH)/);
  }
});

test("a file's bytes change under way, which installers without the agent notice too", async () => {
  const user = await lab.user("bytes");
  user.mirror.attackWith(replaceBytesOnly(attackersWheel("alphapkg", "1.0")));
  const control = await user.plainly(newPip, ["alphapkg"]);
  assert.notEqual(control.code, 0, control.output);
  await attackIsRefused(user, newPip, /FILE_MISMATCH/);
});

test("the mirror answers nonsense in place of metadata", async () => {
  const user = await lab.user("nonsense");
  const nonsense: Readonly<Record<string, string>> = {
    "an empty file": "",
    "an HTML page": "<!DOCTYPE html><title>captive portal</title>",
    "deep nesting": "[".repeat(60_000),
    "a repeated name": '{"signatures":[],"signatures":[],"signed":{}}',
  };
  for (const [what, body] of Object.entries(nonsense)) {
    user.mirror.attackWith(replaceAnswer(/\/tuf\/timestamp\.json$/, Buffer.from(body)));
    await test(what, async () => {
      await attackIsRefused(user, newPip, /METADATA_MALFORMED/);
    });
  }
});
