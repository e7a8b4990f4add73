import assert from "node:assert/strict";
import { test } from "node:test";
import { expiryWarning, WARN_BEFORE_MS } from "../../src/verify/expiry-warning.ts";
import { openFixtureIndex } from "../fixture/fixture-index.ts";
import { makeVisitor } from "../fixture/visitor.ts";

test("installers are warned a month before what people signed ends, whichever ends first", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const { repository } = index;
  const session = await visitor.visit();
  const targets = repository.role("targets").expires;
  assert.ok(targets < repository.root.expires);
  assert.equal(expiryWarning(session, targets - WARN_BEFORE_MS), undefined);
  assert.match(expiryWarning(session, targets - WARN_BEFORE_MS + 1) ?? "", /^targets expires in 29 days \(\d{4}-/);
  await repository.publishRoot({ ...repository.root, version: 2, expires: repository.now + 1000 });
  assert.match(expiryWarning(await visitor.visit(), repository.now) ?? "", /^root expires in 0 days/);
});
