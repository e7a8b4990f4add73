import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  approveWithAgent,
  listAgentKeys,
  ownKeys,
  readApprovalKey,
  verifyApproval,
  type AgentApprovalKey,
  type Claim,
} from "@countermark/identity";
import { realAgent, sshAdd } from "../support/agents.ts";
import { folder, missing, run } from "../support/commands.ts";
import { cheapIdentity, code, context } from "../support/identities.ts";

const SOURCE = fileURLToPath(new URL("../support/security-key.c", import.meta.url));
/** Of OpenSSH's interface for authenticators: 8.9 to 9.9, then 10. */
const API_VERSIONS = ["0x000a0000", "0x000b0000"];
const NONE =
  missing("cc", "ssh-agent", "ssh-add", "ssh-keygen") ||
  (!existsSync("/usr/include/openssl/evp.h") &&
    "not installed: headers of libcrypto, to build a security key in software");

/** A key made with the authenticator in software, in an agent. `flags` is what the authenticator says on signing. */
async function softwareKey(t: TestContext, type: string, flags: number) {
  const path = (name: string) => join(home, name);
  const home = folder(t);
  const made = API_VERSIONS.some((version) => {
    const defines = [`-DAPI_VERSION=${version}`, `-DKEY_FLAGS=${flags}`];
    run("cc", ["-shared", "-fPIC", ...defines, "-o", path("key.so"), SOURCE, "-lcrypto"]);
    try {
      run("ssh-keygen", [
        "-q",
        "-t",
        type,
        "-w",
        path("key.so"),
        "-O",
        "application=ssh:test",
        "-N",
        "",
        "-f",
        path("key"),
      ]);
    } catch {
      return false;
    }
    return true;
  });
  assert.ok(made, "ssh-keygen takes neither version of the interface");
  const agent = await realAgent(t);
  sshAdd(agent, ["-S", path("key.so"), path("key")]);
  const [key] = await listAgentKeys(agent);
  assert.ok(key?.kind === "approval");
  return { agent, key, line: readFileSync(path("key.pub"), "utf8") };
}

async function claimOf(): Promise<Claim<"approve">> {
  using machine = await cheapIdentity();
  return { purpose: "approve", context: context(), statement: ownKeys(machine.publicKeys) };
}

for (const type of ["ed25519-sk", "ecdsa-sk"]) {
  test(`${type}: approves the keys of a machine by touch`, { skip: NONE }, async (t) => {
    const { agent, key, line } = await softwareKey(t, type, 1);
    assert.equal(readApprovalKey(line).identity, key.approvalKey.identity);
    assert.equal(key.approvalKey.application, "ssh:test");
    const claim = await claimOf();
    const signature = await approveWithAgent(agent, key, claim.context, claim.statement);
    const presence = verifyApproval(claim, readApprovalKey(line), signature);
    assert.ok(presence !== undefined && !presence.userVerified);
    assert.ok(presence.counter > 1_700_000_000);
    await assertBound(claim, key, signature);
  });

  test(`${type}: a counter that does not rise betrays a copy`, { skip: NONE }, async (t) => {
    const { agent, key } = await softwareKey(t, type, 1);
    const claim = await claimOf();
    const first = await approveWithAgent(agent, key, claim.context, claim.statement);
    const { counter = 0 } = verifyApproval(claim, key.approvalKey, first) ?? {};
    assert.throws(() => verifyApproval(claim, key.approvalKey, first, counter), code("IDENTITY_PROOF", /copy/));
    await wait(1100);
    const second = await approveWithAgent(agent, key, claim.context, claim.statement);
    assert.ok((verifyApproval(claim, key.approvalKey, second, counter)?.counter ?? 0) > counter);
  });
}

test("a PIN is told from a touch", { skip: NONE }, async (t) => {
  const { agent, key } = await softwareKey(t, "ed25519-sk", 5);
  const claim = await claimOf();
  const signature = await approveWithAgent(agent, key, claim.context, claim.statement);
  assert.equal(verifyApproval(claim, key.approvalKey, signature)?.userVerified, true);
});

test("a signature that nobody touched for is worth nothing", { skip: NONE }, async (t) => {
  const { agent, key } = await softwareKey(t, "ed25519-sk", 0);
  const { context: bound, statement } = await claimOf();
  await assert.rejects(approveWithAgent(agent, key, bound, statement), code("IDENTITY_PROOF", /does not verify/));
});

/** Good for one claim, and changed in any byte for none. */
async function assertBound(claim: Claim<"approve">, { approvalKey }: AgentApprovalKey, signature: Uint8Array) {
  assert.throws(() => verifyApproval({ ...claim, context: context() }, approvalKey, signature), code("IDENTITY_PROOF"));
  const other = await claimOf();
  assert.throws(
    () => verifyApproval({ ...other, context: context({ account: "bob" }) }, approvalKey, signature),
    code("IDENTITY_PROOF"),
  );
  for (let at = 0; at < signature.length; at += 1) {
    const changed = Uint8Array.from(signature);
    changed[at] = (changed[at] ?? 0) ^ 0x10;
    assert.throws(() => verifyApproval(claim, approvalKey, changed), { name: "IdentityError" });
  }
}
