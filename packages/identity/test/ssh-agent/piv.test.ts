import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeTargets, readTargets, verifySignatures } from "@countermark/tuf";
import { agentIdentity, listAgentKeys } from "@countermark/identity";
import { realAgent, sshAdd } from "../support/agents.ts";
import { folder, missing, run } from "../support/commands.ts";
import { cheapIdentity } from "../support/identities.ts";

const MODULES = [
  "/usr/lib/softhsm/libsofthsm2.so",
  "/usr/lib64/pkcs11/libsofthsm2.so",
  "/usr/local/lib/softhsm/libsofthsm2.so",
];
const MODULE = MODULES.find((path) => existsSync(path));
const NONE =
  missing("ssh-agent", "ssh-add", "softhsm2-util", "pkcs11-tool") ||
  (MODULE === undefined && "not installed: SoftHSM's module");
const PIN = "123456";

test("a key on a PKCS #11 token (SoftHSM for a PIV card) signs a role through ssh-agent", { skip: NONE }, async (t) => {
  const home = folder(t);
  const at = (name: string) => join(home, name);
  mkdirSync(at("tokens"));
  writeFileSync(at("softhsm2.conf"), `directories.tokendir = ${at("tokens")}\nobjectstore.backend = file\n`);
  const env = { SOFTHSM2_CONF: at("softhsm2.conf") };
  // ssh-agent hands its own environment to its helper, which loads the module.
  process.env["SOFTHSM2_CONF"] = env.SOFTHSM2_CONF;
  t.after(() => delete process.env["SOFTHSM2_CONF"]);
  run("softhsm2-util", ["--init-token", "--free", "--label", "card", "--pin", PIN, "--so-pin", PIN], env);
  const module = ["--module", MODULE ?? "", "--login", "--pin", PIN];
  run(
    "pkcs11-tool",
    [...module, "--keypairgen", "--key-type", "EC:prime256v1", "--id", "01", "--label", "signing"],
    env,
  );
  const agent = await realAgent(t);
  writeFileSync(at("askpass"), `#!/bin/sh\necho ${PIN}\n`, { mode: 0o700 });
  sshAdd(agent, ["-s", MODULE ?? ""], {
    ...env,
    SSH_ASKPASS: at("askpass"),
    SSH_ASKPASS_REQUIRE: "force",
    DISPLAY: ":0",
  });

  const [key] = await listAgentKeys(agent);
  assert.ok(key?.kind === "release" && key.publicKey.scheme === "ecdsa-sha2-nistp256");
  using machine = await cheapIdentity();
  using identity = agentIdentity(agent, key, machine);
  const envelope = readTargets(await identity.signRole(makeTargets({ version: 1, expires: Date.UTC(2035, 0) })));
  const role = { keyIds: [key.publicKey.keyId], threshold: 1, unknown: new Map() };
  verifySignatures(envelope, new Map([[key.publicKey.keyId, key.publicKey]]), role, "r.p");
});
