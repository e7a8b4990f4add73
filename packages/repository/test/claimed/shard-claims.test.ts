import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { withClaims, withoutClaims, type KeySet, type RoleContent } from "@countermark/repository";
import { generateEd25519 } from "@countermark/tuf";

const [ada, bob, eva] = [0, 1, 2].map(() => generateEd25519().signer.publicKey);
assert.ok(ada && bob && eva);
const nobody: RoleContent = { targets: new Map(), unknown: new Map([["kept", true]]) };
const alone = (key: typeof ada): KeySet => ({ keys: [key], threshold: 1 });
const claimsOf = ({ delegations }: RoleContent) =>
  [...(delegations?.roles.values() ?? [])].map(({ name, keyIds, paths }) => ({ name, keyIds, paths }));
const keysOf = ({ delegations }: RoleContent) => new Set(delegations?.keys.keys());

suite("claims of a shard", () => {
  test("given together they are what they are given one after the other, in whatever order", () => {
    const both: KeySet = { keys: [ada, bob], threshold: 2 };
    const a = ["apkg", alone(ada)] as const;
    const b = ["bpkg", both] as const;
    const c = ["cpkg", alone(eva)] as const;
    const together = withClaims(nobody, new Map([c, a, b]));
    const oneByOne = [b, c, a].reduce((shard, claim) => withClaims(shard, new Map([claim])), nobody);
    assert.deepEqual(claimsOf(together), claimsOf(oneByOne));
    assert.deepEqual(keysOf(together), keysOf(oneByOne));
    assert.deepEqual(
      claimsOf(together).map(({ name }) => name),
      ["p.apkg", "p.bpkg", "p.cpkg"],
    );
    assert.equal(together.delegations?.roles.get("p.bpkg")?.threshold, 2);
    assert.equal(together.unknown.get("kept"), true);
  });

  test("a claim given anew has its new owners alone, and keys that nobody has any more go", () => {
    const before = withClaims(
      nobody,
      new Map([
        ["apkg", alone(ada)],
        ["bpkg", alone(bob)],
      ]),
    );
    const after = withClaims(before, new Map([["apkg", alone(eva)]]));
    assert.deepEqual(after.delegations?.roles.get("p.apkg")?.keyIds, [eva.keyId]);
    assert.deepEqual(keysOf(after), new Set([bob.keyId, eva.keyId]));
  });

  test("taken away they are gone with their keys, others stay, and a shard without any delegates to nobody", () => {
    const owners = new Map([
      ["apkg", alone(ada)],
      ["bpkg", alone(bob)],
      ["cpkg", alone(ada)],
    ]);
    const shard = withClaims(nobody, owners);
    const left = withoutClaims(shard, ["bpkg", "zpkg"]);
    assert.deepEqual([...(left.delegations?.roles.keys() ?? [])], ["p.apkg", "p.cpkg"]);
    assert.deepEqual(keysOf(left), new Set([ada.keyId]));
    assert.equal(withoutClaims(shard, ["zpkg"]), shard);
    assert.equal(withoutClaims(nobody, ["apkg"]), nobody);
    assert.equal("delegations" in withoutClaims(shard, [...owners.keys()]), false);
  });
});
