import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { generateEd25519, makeTargets, type PublicKey } from "@countermark/tuf";
import {
  agentIdentity,
  agentOf,
  IdentityError,
  listAgentKeys,
  MAX_MESSAGE_BYTES,
  type AgentReleaseKey,
} from "@countermark/identity";
import { readKeys, readSignature } from "../../src/ssh-agent/protocol.ts";
import { sshString, sshUint32 } from "../../src/ssh/writer.ts";
import { fakeAgent, framed } from "../support/agents.ts";
import { folder } from "../support/commands.ts";
import { cheapIdentity, code } from "../support/identities.ts";

const LIST = Buffer.from([12]);
const SIGNATURE = Buffer.from([14]);

function blobOf(publicKey: PublicKey): Buffer {
  const keyval = publicKey.json.get("keyval") as ReadonlyMap<string, string>;
  return Buffer.concat([sshString("ssh-ed25519"), sshString(Buffer.from(keyval.get("public") ?? "", "hex"))]);
}

const OWN = generateEd25519().signer.publicKey;
const KEY: AgentReleaseKey = { kind: "release", publicKey: OWN, blob: blobOf(OWN), comment: "" };

const NOT_LISTS: [string, Uint8Array, RegExp][] = [
  ["an answer of 4 GiB", Buffer.from("ffffffff0c", "hex"), /announces an answer of 4294967295 bytes/],
  ["an answer one byte too long", sshUint32(MAX_MESSAGE_BYTES + 1), /announces/],
  ["4,294,967,295 keys", framed(LIST, sshUint32(0xffffffff)), /lists 4294967295 keys/],
  ["more keys than it lists", framed(LIST, sshUint32(2), sshString(KEY.blob), sshString("")), /ends too early/],
  ["a key longer than the answer", framed(LIST, sshUint32(1), sshUint32(0x7fffffff)), /ends too early/],
  ["bytes behind the keys", framed(LIST, sshUint32(0), Buffer.from([0])), /goes on/],
  ["a second answer", Buffer.concat([framed(LIST, sshUint32(0)), Buffer.from([0])]), /goes on/],
  ["an empty answer", framed(), /ends too early/],
];
for (const [what, answer, message] of NOT_LISTS) {
  test(`refuses ${what}`, async (t) => {
    await assert.rejects(listAgentKeys(await fakeAgent(t, answer)), code("IDENTITY_SSH", message));
  });
}

test("one bad key does not hide the others", async (t) => {
  const small = Buffer.concat([sshString("ssh-ed25519"), sshString(Buffer.from("01".padEnd(64, "0"), "hex"))]);
  const blobs = [small, Buffer.alloc(0), sshString("ssh-ed25519"), sshString("ssh-dss"), KEY.blob];
  const answer = framed(LIST, sshUint32(blobs.length), ...blobs.flatMap((blob) => [sshString(blob), sshString("c")]));
  const keys = await listAgentKeys(await fakeAgent(t, answer));
  assert.deepEqual(
    keys.map((key) => key.kind === "release" && key.publicKey.identity),
    [OWN.identity],
  );
});

const NOT_SIGNATURES: [string, Uint8Array, "IDENTITY_SSH" | "IDENTITY_AGENT"][] = [
  ["a refusal", framed(Buffer.from([5])), "IDENTITY_AGENT"],
  ["an answer to something else", framed(LIST, sshUint32(0)), "IDENTITY_AGENT"],
  ["another type of signature", signatureAnswer("rsa-sha2-512", Buffer.alloc(64)), "IDENTITY_SSH"],
  ["a short signature", signatureAnswer("ssh-ed25519", Buffer.alloc(63)), "IDENTITY_SSH"],
  ["a name that is none", signatureAnswer("\u001b[2J", Buffer.alloc(64)), "IDENTITY_SSH"],
];
for (const [what, answer, expected] of NOT_SIGNATURES) {
  test(`a signature that is ${what} is refused`, async (t) => {
    using machine = await cheapIdentity();
    using identity = agentIdentity(await fakeAgent(t, answer), KEY, machine);
    await assert.rejects(identity.signRole(makeTargets({ version: 1, expires: Date.UTC(2035, 0) })), code(expected));
  });
}

test("a signature of the right form that does not verify never leaves", async (t) => {
  using machine = await cheapIdentity();
  using identity = agentIdentity(await fakeAgent(t, signatureAnswer("ssh-ed25519", Buffer.alloc(64))), KEY, machine);
  const signing = identity.signRole(makeTargets({ version: 1, expires: Date.UTC(2035, 0) }));
  await assert.rejects(signing, { code: "TUF_SIGNATURE" });
});

test("an agent that hangs up, keeps silent or is not there", async (t) => {
  await assert.rejects(listAgentKeys(await fakeAgent(t, Buffer.alloc(2))), code("IDENTITY_AGENT", /hung up/));
  const silent = { ...(await fakeAgent(t, Buffer.alloc(2), "keeps silent")), timeoutMs: 100 };
  await assert.rejects(listAgentKeys(silent), code("IDENTITY_AGENT", /too long/));
  await assert.rejects(listAgentKeys({ path: join(folder(t), "absent") }), code("IDENTITY_AGENT", /cannot be reached/));
});

test("the agent is the one that the environment names", () => {
  assert.equal(agentOf({ SSH_AUTH_SOCK: "/run/agent" }).path, "/run/agent");
  if (process.platform !== "win32") {
    for (const environment of [{}, { SSH_AUTH_SOCK: "" }])
      assert.throws(() => agentOf(environment), code("IDENTITY_AGENT"));
  }
});

test("any bytes of an agent are an answer or a refusal with a code", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(12, 14), (bytes, type) => {
      for (const read of [readKeys, readSignature]) {
        try {
          read(Buffer.concat([Buffer.from([type]), bytes]));
        } catch (error) {
          assert.ok(error instanceof IdentityError, String(error));
        }
      }
    }),
  );
});

function signatureAnswer(type: string, content: Uint8Array): Buffer {
  return framed(SIGNATURE, sshString(Buffer.concat([sshString(type), sshString(content)])));
}
