import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeveloperRole, parseRoleName, projectRole, releaseRole } from "@countermark/repository";

test("every kind of role is told from its name", () => {
  assert.deepEqual(parseRoleName("targets"), { kind: "targets" });
  assert.deepEqual(parseRoleName("claimed"), { kind: "sharded", role: "claimed" });
  assert.deepEqual(parseRoleName("recently-claimed.3f"), { kind: "shard", role: "recently-claimed", shard: "3f" });
  assert.deepEqual(parseRoleName("s.3f"), { kind: "sealed-files", shard: "3f" });
  assert.deepEqual(parseRoleName("p.flask"), { kind: "project", project: "flask" });
  assert.deepEqual(parseRoleName("r.flask"), { kind: "release", project: "flask" });
});

for (const project of ["root", "targets", "42", "constructor", "__proto__", "snapshot", "claimed"].filter(
  (name) => !name.startsWith("_"),
)) {
  test(`a project called ${project} has roles of its own`, () => {
    assert.deepEqual(parseRoleName(projectRole(project)), { kind: "project", project });
    assert.deepEqual(parseRoleName(releaseRole(project)), { kind: "release", project });
    assert.ok(isDeveloperRole(projectRole(project)));
  });
}

for (const name of [
  "",
  "root",
  "snapshot",
  "timestamp",
  "p.",
  "p.Flask",
  "p.a/b",
  "r...",
  "x.3f",
  "claimed.",
  "claimed.3F",
]) {
  test(`${JSON.stringify(name)} is the name of no targets role`, () => {
    assert.equal(parseRoleName(name), undefined);
  });
}
