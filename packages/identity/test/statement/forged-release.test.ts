import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import {
  canonicalise,
  encodeJson,
  makeTargetFile,
  makeTargets,
  readTargets,
  TufError,
  toJson,
  verifySignatures,
  type JsonValue,
  type PublicKey,
  type Targets,
} from "@countermark/tuf";
import { PURPOSES, verifyStatement, type Identity } from "@countermark/identity";
import { statementMessage } from "../../src/statement/statement.ts";
import { cheapIdentity, code, context, hex, sha256 } from "../support/identities.ts";

const FORGED: Targets = makeTargets({
  version: 42,
  expires: Date.UTC(2035, 0),
  targets: new Map([["abcd/left-pad/left_pad-6.6.6.tar.gz", makeTargetFile({ length: 666, sha256: sha256("evil") })]]),
});

/** A role file with a signature that was made for something else. */
function withSignature(role: Targets, { keyId }: PublicKey, signature: Uint8Array): Uint8Array {
  const signatures: JsonValue = [
    new Map([
      ["keyid", keyId],
      ["sig", hex(signature)],
    ]),
  ];
  return encodeJson(
    new Map<string, JsonValue>([
      ["signatures", signatures],
      ["signed", toJson(role)],
    ]),
  );
}

function assertWorthless(key: PublicKey, signature: Uint8Array): void {
  const keys = new Map([[key.keyId, key]]);
  const role = { keyIds: [key.keyId], threshold: 1, unknown: new Map() };
  const envelope = readTargets(withSignature(FORGED, key, signature));
  assert.throws(
    () => verifySignatures(envelope, keys, role, "r.left-pad"),
    (error) => error instanceof TufError && error.code === "TUF_SIGNATURE",
  );
}

/** What a hostile index may try as its challenge: whatever becomes of it, a signature over it is asked for. */
function hostileNonces(): string[] {
  const canonical = canonicalise(toJson(FORGED));
  return [hex(canonical), Buffer.from(canonical).toString(), hex(canonical).slice(0, 64), sha256(canonical)];
}

test("a login challenge that holds a forged release is worth nothing", async () => {
  using identity = await cheapIdentity();
  const { release, login } = identity.publicKeys;
  for (const nonce of hostileNonces()) {
    const answering = identity.signStatement("login", context({ nonce }), {});
    if (nonce.length !== 64) {
      await assert.rejects(answering, code("IDENTITY_STATEMENT", /nonce/));
      continue;
    }
    const { signature } = await answering;
    assertWorthless(login, signature);
    assertWorthless(release, signature);
  }
});

test("no statement that the release key signs is a role, even where an owner had listed the login key, too", async () => {
  using identity = await cheapIdentity();
  const own = { release: identity.publicKeys.release.identity, login: identity.publicKeys.login.identity };
  for (const nonce of hostileNonces().filter(({ length }) => length === 64)) {
    for (const purpose of ["enrol-release", "enrol-login"] as const) {
      const { key, signature } = await identity.signStatement(purpose, context({ nonce }), own);
      assertWorthless(identity.publicKeys[key], signature);
    }
  }
});

test("a signed role is no statement, whatever statement one claims it to be", async () => {
  using identity = await cheapIdentity();
  const { release } = identity.publicKeys;
  const { signatures } = readTargets(await identity.signRole(FORGED));
  const signature = signatures.get(release.keyId);
  assert.ok(signature !== undefined);
  const own = { release: release.identity, login: identity.publicKeys.login.identity };
  const nonce = createHash("sha256")
    .update(canonicalise(toJson(FORGED)))
    .digest("hex");
  assert.ok(
    !verifyStatement(
      { purpose: "enrol-release", context: context({ nonce }), statement: own },
      identity.publicKeys,
      signature,
    ),
  );
});

test("no message of a statement begins as a role does, an SSH login or an SSH signature", () => {
  const keys = { release: sha256("a"), login: sha256("b") };
  const members = { ...keys, key: sha256("c"), project: "p", invitation: sha256("d") };
  const names = {
    login: [],
    revoke: ["key"],
    appoint: ["key"],
    join: ["release", "login", "project", "invitation"],
  } as const;
  for (const purpose of PURPOSES) {
    const wanted: readonly (keyof typeof members)[] =
      purpose in names ? names[purpose as keyof typeof names] : ["release", "login"];
    const statement = Object.fromEntries(wanted.map((name) => [name, members[name]]));
    const message = statementMessage({ purpose, context: context(), statement: statement as never });
    assert.equal(Buffer.from(message).toString("latin1", 0, 15), "countermark/v1/");
    assert.equal(message.indexOf(0), 15 + purpose.length);
    assert.equal(message.length, 16 + purpose.length + 32);
  }
});

test("the control: the same release, signed as a role, verifies", async () => {
  using identity: Identity = await cheapIdentity();
  const { release } = identity.publicKeys;
  const envelope = readTargets(await identity.signRole(FORGED));
  const role = { keyIds: [release.keyId], threshold: 1, unknown: new Map() };
  verifySignatures(envelope, new Map([[release.keyId, release]]), role, "r.left-pad");
});
