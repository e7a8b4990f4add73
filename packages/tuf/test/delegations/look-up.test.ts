import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { delegationKeys, delegationsFor, matchesPattern, type DelegatedRole, type Delegations } from "@countermark/tuf";

type Sketch = Partial<DelegatedRole> & { readonly name: string };

function delegationsOf(...sketches: readonly Sketch[]): Delegations {
  const roles = sketches.map((role): [string, DelegatedRole] => {
    return [role.name, { keyIds: [], threshold: 1, terminating: false, unknown: new Map(), ...role }];
  });
  return { keys: new Map(), roles: new Map(roles), unknown: new Map() };
}

function found(delegations: Delegations, path: string): readonly string[] {
  return delegationsFor(delegations, path).map(({ name }) => name);
}

function hashOf(path: string): string {
  return createHash("sha256").update(path).digest("hex");
}

test("all delegations that cover a path, in the order of the file, each once (TUF 5.6.7)", () => {
  const delegations = delegationsOf(
    { name: "9", paths: ["3f??/*/*"] },
    { name: "literal", paths: ["3f00/x/*", "3f00/x/file", "other"] },
    { name: "0", paths: ["*/*/*"] },
    { name: "hash", pathHashPrefixes: [hashOf("3f00/x/file").slice(0, 3), hashOf("3f00/x/file").slice(0, 5)] },
    { name: "elsewhere", paths: ["3f00/y/*"] },
    { name: "exact", paths: ["3f00/x/file"] },
    { name: "nothing", paths: [] },
    { name: "all", pathHashPrefixes: [..."0123456789abcdef".split("")] },
  );
  assert.deepEqual(found(delegations, "3f00/x/file"), ["9", "literal", "0", "hash", "exact", "all"]);
  assert.deepEqual(found(delegations, "3f00/y/file"), ["9", "0", "elsewhere", "all"]);
  assert.deepEqual(found(delegations, "other"), ["literal", "all"]);
  assert.deepEqual(found(delegations, "3f00/x/file/more"), ["all"]);
});

test("paths and patterns of special names are found by what they are", () => {
  const delegations = delegationsOf(
    { name: "proto", paths: ["__proto__/*"] },
    { name: "constructor", paths: ["constructor"] },
    { name: "root", paths: ["/*"] },
    { name: "bare", paths: ["*"] },
  );
  assert.deepEqual(found(delegations, "__proto__/a"), ["proto"]);
  assert.deepEqual(found(delegations, "constructor"), ["constructor", "bare"]);
  assert.deepEqual(found(delegations, "toString"), ["bare"]);
  assert.deepEqual(found(delegations, "/a"), ["root"]);
  assert.deepEqual(found(delegations, ""), ["bare"]);
});

test("finds what a scan over all patterns finds, in its order", () => {
  const segment = fc.array(fc.constantFrom("a", "b", "*", "?"), { maxLength: 3 }).map((parts) => parts.join(""));
  const pattern = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
  const roles = fc.array(fc.oneof(fc.array(pattern, { maxLength: 3 }), fc.stringMatching(/^[0-9a-f]{1,2}$/)), {
    maxLength: 12,
  });
  const path = fc.array(fc.constantFrom("a", "b", "/"), { maxLength: 7 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(roles, fc.array(path, { minLength: 1, maxLength: 3 }), (drafts, paths) => {
      const sketches = drafts.map((draft, i) => {
        return typeof draft === "string"
          ? { name: `r${i}`, pathHashPrefixes: [draft] }
          : { name: `r${i}`, paths: draft };
      });
      const delegations = delegationsOf(...sketches);
      for (const each of paths) {
        const scanned = [...delegations.roles.values()].filter(
          (role) =>
            role.paths?.some((one) => matchesPattern(one, each)) ??
            role.pathHashPrefixes?.some((prefix) => hashOf(each).startsWith(prefix)),
        );
        assert.deepEqual(delegationsFor(delegations, each), scanned);
      }
    }),
    { numRuns: 1000 },
  );
});

test("a path without a well-formed text is hashed without failing", () => {
  assert.deepEqual(found(delegationsOf({ name: "none", pathHashPrefixes: [] }), "\ud800"), []);
  const [only] = found(delegationsOf({ name: "any", pathHashPrefixes: [..."0123456789abcdef".split("")] }), "\ud800");
  assert.equal(only, "any");
});

test("delegationKeys knows the roles that are delegated to, and no others", () => {
  const delegations = delegationsOf({ name: "p", paths: ["*"] });
  assert.equal(delegationKeys(delegations, "p")?.name, "p");
  for (const name of ["P", "q", "__proto__", ""]) assert.equal(delegationKeys(delegations, name), undefined);
});
