import assert from "node:assert/strict";
import { test } from "node:test";
import {
  PURPOSES,
  signingKeyOf,
  verifyStatement,
  type IdentityClaim,
  type Identity,
  type IdentityPurpose,
  type Statements,
  type StatementContext,
} from "@countermark/identity";
import { statementMessage } from "../../src/statement/statement.ts";
import { cheapIdentity, code, context, sha256, utf8 } from "../support/identities.ts";

function ownKeys({ publicKeys: { release, login } }: Identity): { release: string; login: string } {
  return { release: release.identity, login: login.identity };
}

/** One good statement for each purpose that an identity signs. */
function examples(identity: Identity): { [P in IdentityPurpose]: Statements[P] } {
  const own = ownKeys(identity);
  const other = { release: sha256("other release"), login: sha256("other login") };
  return {
    login: {},
    "enrol-release": own,
    "enrol-login": own,
    join: { ...own, project: "left-pad", invitation: sha256("a code") },
    admit: other,
    revoke: { key: other.release },
    appoint: { key: sha256("an approval key") },
  };
}

const SIGNED_BY: Readonly<Record<IdentityPurpose, "release" | "login">> = {
  login: "login",
  "enrol-release": "release",
  "enrol-login": "login",
  join: "release",
  admit: "login",
  revoke: "login",
  appoint: "login",
};
const IDENTITY_PURPOSES = Object.keys(SIGNED_BY) as IdentityPurpose[];

async function signed(identity: Identity, purpose: IdentityPurpose, bound: StatementContext) {
  const statement: Statements[IdentityPurpose] = examples(identity)[purpose];
  const { key, keyId, signature } = await identity.signStatement(purpose, bound, statement);
  const claim = { purpose, context: bound, statement } as IdentityClaim;
  return { claim, key, keyId, signature };
}

test("the list of purposes is closed", () => {
  assert.deepEqual([...PURPOSES].sort(), [...IDENTITY_PURPOSES, "approve"].sort());
  assert.equal(signingKeyOf("approve"), "approval");
});

for (const purpose of IDENTITY_PURPOSES) {
  test(`${purpose}: signed by the ${SIGNED_BY[purpose]} key, and by no other`, async () => {
    using identity = await cheapIdentity();
    const { claim, key, keyId, signature } = await signed(identity, purpose, context());
    const { release, login } = identity.publicKeys;
    const [own, other] = SIGNED_BY[purpose] === "release" ? [release, login] : [login, release];
    assert.equal(key, SIGNED_BY[purpose]);
    assert.equal(keyId, own.keyId);
    assert.ok(verifyStatement(claim, identity.publicKeys, signature));
    assert.ok(own.verify(statementMessage(claim), signature));
    assert.ok(!other.verify(statementMessage(claim), signature));
  });

  test(`${purpose}: good for one account, repository, peer and nonce, and for no other purpose`, async () => {
    using identity = await cheapIdentity();
    const bound = context();
    const { claim, signature } = await signed(identity, purpose, bound);
    const verifies = (changed: IdentityClaim) => verifyStatement(changed, identity.publicKeys, signature);
    const changes: Partial<StatementContext>[] = [
      { account: "mallory" },
      { repository: sha256("another root") },
      { peer: "https://evil.example/" },
      { peer: "https://index.example/other/" },
      { nonce: sha256("another nonce") },
    ];
    assert.ok(verifies(claim));
    for (const change of changes) assert.ok(!verifies({ ...claim, context: { ...bound, ...change } }));
    for (const other of IDENTITY_PURPOSES.filter((each) => each !== purpose)) {
      assert.ok(!verifies({ purpose: other, context: bound, statement: examples(identity)[other] } as IdentityClaim));
    }
  });

  test(`${purpose}: exactly its members, each of its form`, async () => {
    using identity = await cheapIdentity();
    const good: Readonly<Record<string, string>> = { ...examples(identity)[purpose] };
    const sign = async (statement: object) => await identity.signStatement(purpose, context(), statement as never);
    await assert.rejects(sign({ ...good, extra: "x" }), code("IDENTITY_STATEMENT", /must not have/));
    for (const name of Object.keys(good)) {
      const { [name]: value = "", ...rest } = good;
      for (const wrong of ["", `${value} `, value.toUpperCase(), `${value}\n`, "../x", 1, null, [value]]) {
        if (wrong !== value) await assert.rejects(sign({ ...good, [name]: wrong }), code("IDENTITY_STATEMENT"));
      }
      await assert.rejects(sign(rest), code("IDENTITY_STATEMENT"));
    }
  });
}

for (const purpose of ["enrol-release", "enrol-login", "join"] as const) {
  test(`${purpose}: an identity speaks for its own keys only`, async () => {
    using identity = await cheapIdentity();
    using other = await cheapIdentity("bob");
    const good = examples(identity)[purpose];
    for (const foreign of [{ release: ownKeys(other).release }, { login: ownKeys(other).login }]) {
      await assert.rejects(
        identity.signStatement(purpose, context(), { ...good, ...foreign }),
        code("IDENTITY_STATEMENT", /other keys/),
      );
    }
  });
}

test("a proof of one identity proves nothing of another, not even of one with the same release key", async () => {
  using identity = await cheapIdentity();
  using other = await cheapIdentity("bob");
  const { claim, signature } = await signed(identity, "enrol-release", context());
  assert.ok(!verifyStatement(claim, { ...identity.publicKeys, login: other.publicKeys.login }, signature));
});

test("approve is for approval keys: an identity does not sign it", async () => {
  using identity = await cheapIdentity();
  await assert.rejects(
    identity.signStatement("approve" as never, context(), ownKeys(identity) as never),
    code("IDENTITY_STATEMENT", /approval key/),
  );
});

for (const purpose of ["", "sign", "constructor", "__proto__", "toString", "login\0", "LOGIN"]) {
  test(`there is no purpose ${JSON.stringify(purpose)}, for a signer or a verifier`, async () => {
    using identity = await cheapIdentity();
    await assert.rejects(
      identity.signStatement(purpose as "login", context(), {}),
      code("IDENTITY_STATEMENT", /no purpose/),
    );
    assert.throws(
      () =>
        verifyStatement(
          { purpose: purpose as "login", context: context(), statement: {} },
          identity.publicKeys,
          new Uint8Array(64),
        ),
      code("IDENTITY_STATEMENT", /no purpose/),
    );
  });
}

const CONTEXTS: [string, Partial<StatementContext>][] = [
  ["a nonce that is short", { nonce: "00" }],
  ["a nonce in capitals", { nonce: "A".repeat(64) }],
  ["a nonce with more behind it", { nonce: `${"a".repeat(64)}\n` }],
  ["a peer that is a path", { peer: "/index" }],
  ["a peer with a user", { peer: "https://alice@index.example/" }],
  ["a peer with a query", { peer: "https://index.example/?a" }],
  ["a peer that is not in its one form", { peer: "https://INDEX.example/" }],
  ["a peer without its last stroke", { peer: "https://index.example/simple" }],
  ["a peer that is no web address", { peer: "file:///etc/" }],
  ["a peer that is long", { peer: `https://index.example/${"a".repeat(600)}/` }],
];
for (const [what, change] of CONTEXTS) {
  test(`refuses ${what}`, async () => {
    using identity = await cheapIdentity();
    await assert.rejects(identity.signStatement("login", context(change), {}), code("IDENTITY_STATEMENT"));
  });
}

test("refuses an account that is not in its one form", async () => {
  using identity = await cheapIdentity();
  for (const account of ["Alice", "", "a/b"]) {
    await assert.rejects(identity.signStatement("login", context({ account }), {}), code("IDENTITY_ACCOUNT"));
  }
});

test("what is signed is the purpose, a NUL and a digest, byte for byte", () => {
  const bound = context({ nonce: "1".repeat(64) });
  const canonical = `{"account":"alice","nonce":"${bound.nonce}","peer":"https://index.example/","repository":"${bound.repository}","statement":{}}`;
  const expected = Buffer.concat([utf8("countermark/v1/login\0"), Buffer.from(sha256(canonical), "hex")]);
  assert.deepEqual(Buffer.from(statementMessage({ purpose: "login", context: bound, statement: {} })), expected);
});
