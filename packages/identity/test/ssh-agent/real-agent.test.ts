import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { makeTargets, readTargets, verifySignatures, makeTargetFile } from "@countermark/tuf";
import {
  agentIdentity,
  approveWithAgent,
  listAgentKeys,
  MAX_MESSAGE_BYTES,
  ownKeys,
  verifyApproval,
  verifyEnrolment,
  proveEnrolment,
  type AgentAddress,
  type AgentApprovalKey,
  type AgentReleaseKey,
} from "@countermark/identity";
import { realAgent, sshAdd } from "../support/agents.ts";
import { folder, missing, run } from "../support/commands.ts";
import { cheapIdentity, code, context, sha256 } from "../support/identities.ts";

const NONE = missing("ssh-agent", "ssh-add", "ssh-keygen");

function makeKey(t: TestContext, options: readonly string[], comment = "a key"): string {
  const path = join(folder(t), "key");
  run("ssh-keygen", ["-q", ...options, "-N", "", "-C", comment, "-f", path]);
  return path;
}

async function onlyKey(agent: AgentAddress) {
  const keys = await listAgentKeys(agent);
  assert.equal(keys.length, 1);
  return keys[0];
}

async function releaseKey(agent: AgentAddress): Promise<AgentReleaseKey> {
  const key = await onlyKey(agent);
  assert.ok(key?.kind === "release");
  return key;
}

async function approvalKey(agent: AgentAddress): Promise<AgentApprovalKey> {
  const key = await onlyKey(agent);
  assert.ok(key?.kind === "approval");
  return key;
}

test("an empty agent has no keys", { skip: NONE }, async (t) => {
  assert.deepEqual(await listAgentKeys(await realAgent(t)), []);
});

for (const [kind, options] of [
  ["Ed25519", ["-t", "ed25519"]],
  ["P-256", ["-t", "ecdsa", "-b", "256"]],
] as const) {
  test(`${kind} in an agent signs roles, and proves its possession`, { skip: NONE }, async (t) => {
    const agent = await realAgent(t);
    sshAdd(agent, [makeKey(t, options)]);
    const key = await releaseKey(agent);
    assert.equal(key.comment, "a key");
    using machine = await cheapIdentity();
    using identity = agentIdentity(agent, key, machine);
    assert.equal(identity.kind, "ssh-agent");
    // ECDSA's numbers come with and without a leading zero: several signatures meet both.
    for (let version = 1; version <= 8; version += 1) {
      const envelope = readTargets(await identity.signRole(makeTargets({ version, expires: Date.UTC(2035, 0) })));
      const role = { keyIds: [key.publicKey.keyId], threshold: 1, unknown: new Map() };
      verifySignatures(envelope, new Map([[key.publicKey.keyId, key.publicKey]]), role, "r.p");
    }
    const bound = context();
    const enrolled = verifyEnrolment(bound, await proveEnrolment(identity, bound));
    assert.deepEqual(ownKeys(enrolled), ownKeys({ release: key.publicKey, login: machine.publicKeys.login }));
  });
}

test(
  "the identity of an agent's key logs in with this machine's key, and not once that is closed",
  { skip: NONE },
  async (t) => {
    const agent = await realAgent(t);
    sshAdd(agent, [makeKey(t, ["-t", "ed25519"])]);
    const machine = await cheapIdentity();
    const identity = agentIdentity(agent, await releaseKey(agent), machine);
    assert.equal(identity.publicKeys.login.identity, machine.publicKeys.login.identity);
    await identity.signStatement("login", context(), {});
    identity.close();
    await assert.rejects(identity.signRole(makeTargets({ version: 1, expires: 0 })), code("IDENTITY_CLOSED"));
    await machine.signStatement("login", context(), {});
    const again = agentIdentity(agent, await releaseKey(agent), machine);
    machine.close();
    await assert.rejects(again.signStatement("login", context(), {}), code("IDENTITY_CLOSED"));
    again.close();
  },
);

test("a role that is too large for an agent is refused by its size", { skip: NONE }, async (t) => {
  const agent = await realAgent(t);
  sshAdd(agent, [makeKey(t, ["-t", "ed25519"])]);
  using machine = await cheapIdentity();
  using identity = agentIdentity(agent, await releaseKey(agent), machine);
  const files = (count: number) =>
    new Map(
      Array.from({ length: count }, (_, at) => [
        `abcd/p/p-${String(at).padStart(5, "0")}.tar.gz`,
        makeTargetFile({ length: 1, sha256: sha256(String(at)) }),
      ]),
    );
  const expires = Date.UTC(2035, 0);
  await identity.signRole(makeTargets({ version: 1, expires, targets: files(1500) }));
  await assert.rejects(
    identity.signRole(makeTargets({ version: 1, expires, targets: files(2500) })),
    code("IDENTITY_TOO_LARGE", new RegExp(String(MAX_MESSAGE_BYTES))),
  );
});

test("an RSA key in an agent approves, and is offered for nothing else", { skip: NONE }, async (t) => {
  const agent = await realAgent(t);
  sshAdd(agent, [makeKey(t, ["-t", "rsa", "-b", "3072"])]);
  const key = await approvalKey(agent);
  using machine = await cheapIdentity();
  const claim = { purpose: "approve", context: context(), statement: ownKeys(machine.publicKeys) } as const;
  const signature = await approveWithAgent(agent, key, claim.context, claim.statement);
  assert.equal(verifyApproval(claim, key.approvalKey, signature), undefined);
  for (const changed of [
    { ...claim, context: context() },
    { ...claim, statement: { ...claim.statement, login: sha256("mallory") } },
  ]) {
    assert.throws(() => verifyApproval(changed, key.approvalKey, signature), code("IDENTITY_PROOF"));
  }
});

test("weak keys and keys of no use are not offered", { skip: NONE }, async (t) => {
  const agent = await realAgent(t);
  sshAdd(agent, [makeKey(t, ["-t", "rsa", "-b", "2048"]), makeKey(t, ["-t", "ecdsa", "-b", "384"])]);
  sshAdd(agent, [makeKey(t, ["-t", "ed25519"])]);
  assert.equal((await releaseKey(agent)).publicKey.scheme, "ed25519");
});

test("a comment does not reach the terminal as anything but text", { skip: NONE }, async (t) => {
  const agent = await realAgent(t);
  sshAdd(agent, [makeKey(t, ["-t", "ed25519"], `\u001b[31mred\u202e ${"x".repeat(200)}`)]);
  const { comment } = await releaseKey(agent);
  assert.match(comment, /^\?\[31mred\? x+$/);
  assert.equal(comment.length, 80);
});

test("an agent whose key is gone refuses", { skip: NONE }, async (t) => {
  const agent = await realAgent(t);
  sshAdd(agent, [makeKey(t, ["-t", "ed25519"])]);
  using machine = await cheapIdentity();
  using identity = agentIdentity(agent, await releaseKey(agent), machine);
  sshAdd(agent, ["-D"]);
  await assert.rejects(
    identity.signRole(makeTargets({ version: 1, expires: Date.UTC(2035, 0) })),
    code("IDENTITY_AGENT", /refused/),
  );
});
