import assert from "node:assert/strict";
import { test } from "node:test";
import { NameRules } from "../../src/policy/name-rules.ts";
import { isObserving } from "../../src/policy/observe.ts";
import { demandOn, satisfies, type Policy, type PolicyRules } from "../../src/policy/policy.ts";
import { requirePolicy } from "../../src/policy/require-policy.ts";

const DAY = 24 * 60 * 60 * 1000;

function place(origin: string, general: Policy, rules: Readonly<Record<string, Policy>> = {}): PolicyRules {
  const names = new NameRules<Policy>();
  for (const [pattern, policy] of Object.entries(rules)) names.add(pattern, policy);
  return { origin, general, rules: names };
}

test("claimed satisfies all, sealed all but claimed, a recent claim no more than none at all", () => {
  const satisfied = (protection: Parameters<typeof satisfies>[1]) =>
    (["any", "sealed", "claimed"] as const).filter((policy) => satisfies(policy, protection));
  assert.deepEqual(satisfied("claimed"), ["any", "sealed", "claimed"]);
  assert.deepEqual(satisfied("sealed"), ["any", "sealed"]);
  assert.deepEqual(satisfied("recently-claimed"), ["any"]);
  assert.deepEqual(satisfied("unclaimed"), ["any"]);
});

test("a name goes before a prefix, the longest prefix before a shorter one, and names are compared normalised", () => {
  const rules = new NameRules<string>();
  rules.add("acme-*", "short");
  rules.add("Acme_Tools_*", "long");
  rules.add("acme.tools.core", "name");
  assert.equal(rules.of("acme-tools-core"), "name");
  assert.equal(rules.of("acme-tools-core-x"), "long");
  assert.equal(rules.of("acme-web"), "short");
  for (const other of ["acme", "acmeweb", "acm", "x-acme-web"]) assert.equal(rules.of(other), undefined, other);
  const add = (pattern: string) => () => {
    rules.add(pattern, "again");
  };
  assert.throws(add("ACME-*"), /twice/);
  for (const wrong of ["acme*", "*", "-*", "a b-*", "a*-*", ""]) assert.throws(add(wrong), TypeError, wrong);
});

test("the strictest of all places counts, so a project's file can tighten and never loosen", () => {
  const user = place("user", "sealed", { flask: "any", "acme-*": "claimed" });
  const project = place("project", "any", { flask: "sealed", "acme-*": "any", tool: "any", web: "claimed" });
  const demand = (name: string) => demandOn(name, [user, project]);
  assert.deepEqual(demand("flask"), { policy: "sealed", origin: "project" });
  assert.deepEqual(demand("acme-x"), { policy: "claimed", origin: "user" });
  assert.deepEqual(demand("tool"), { policy: "sealed", origin: "user" });
  assert.deepEqual(demand("web"), { policy: "claimed", origin: "project" });
});

test("a project below the policy is refused with a code of its own; one that does not exist is not", () => {
  const places = [place("countermark.toml", "sealed")];
  assert.throws(
    () => {
      requirePolicy({ project: "flask", protection: "recently-claimed", exists: true }, places);
    },
    { code: "POLICY_REFUSED", exitCode: 1, message: /flask was claimed only recently/, hint: /countermark\.toml/ },
  );
  requirePolicy({ project: "flask", protection: "sealed", exists: true }, places);
  requirePolicy({ project: "nothing", protection: "unclaimed", exists: false }, places);
});

test("observing ends by itself, within a week", () => {
  assert.equal(isObserving(undefined, 0), false);
  assert.equal(isObserving(DAY, 0), true);
  assert.equal(isObserving(DAY, DAY), false, "it is over");
  assert.equal(isObserving(7 * DAY, 0), true);
  assert.throws(() => isObserving(7 * DAY + 1, 0), { code: "CONFIG_INVALID", message: /more than a week/ });
});
